import { createServer, type Socket } from 'node:net';
import { listen } from '@posthorn/runtime';
import { openSinkLedger, type SinkEntry, type SinkLedger } from './sink-ledger.ts';
import type { SinkServerBehaviour, SmtpSinkOptions } from './sink-options.ts';
import { SinkSession, type SinkState } from './sink-session.ts';

/** A running sink. Its records only grow; disposing it drops every connection. */
export type SmtpSink = AsyncDisposable & {
  host: string;
  port: number;
  /** Every accepted recipient in the order of their dots; empty in fast mode. */
  entries: readonly SinkEntry[];
  /** Bytes of accepted messages, where `keepMessages` was asked for. */
  messages: readonly Buffer[];
  counts: Readonly<{ accepted: number; connections: number; openConnections: number; bodyBytes: number }>;
  /** Commands seen so far, by their first four letters in upper case. */
  commands: ReadonlyMap<string, number>;
  /** The MAIL commands as they came; none in fast mode. */
  mailLines: readonly string[];
  /** Changes how connections are treated from now on. */
  behave(behaviour: SinkServerBehaviour): void;
  /** Drops every open connection as if the machine had died. */
  dropConnections(): void;
};

/**
 * Starts an SMTP receiver that misbehaves on request: see `behaviourOf` for what a recipient's local part asks for
 * and `SinkServerBehaviour` for what holds for every connection. It is built on bare sockets, since a library would
 * refuse to do most of it.
 */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const { port = 0, host = '127.0.0.1' } = options;
  await using scope = new AsyncDisposableStack();
  const ledger = scope.use(await openSinkLedger(options.ledger));
  const { state, records } = createState(options, ledger);
  const { server, dropConnections } = createSinkServer(state, records.counts, options);
  const listening = scope.use(await listen(server, { host, port }));
  scope.defer(dropConnections);
  const opened = scope.move();

  return {
    host,
    port: listening.port,
    entries: ledger.entries,
    ...records,
    behave: (behaviour) => {
      state.behaviour = behaviour;
    },
    dropConnections,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

type Counts = { -readonly [Name in keyof SmtpSink['counts']]: number };

function createState(options: SmtpSinkOptions, ledger: SinkLedger) {
  const { fast = false, keepMessages = false } = options;
  const messages: Buffer[] = [];
  const mailLines: string[] = [];
  const commands = new Map<string, number>();
  const counts: Counts = { accepted: 0, connections: 0, openConnections: 0, bodyBytes: 0 };
  let transactions = 0;

  const state: SinkState = {
    behaviour: options.behaviour ?? {},
    isFast: fast,
    greylist: new Map(),
    tries: new Map(),
    countCommand: (verb) => commands.set(verb, (commands.get(verb) ?? 0) + 1),
    keepMailLine: (line) => {
      if (!fast) mailLines.push(line);
    },
    countBodyBytes: (bytes) => {
      counts.bodyBytes += bytes;
    },
    accept(entries, message) {
      transactions += 1;
      counts.accepted += entries.length;
      options.onAccepted?.(entries, message);
      if (keepMessages) messages.push(message);
      return fast
        ? undefined
        : ledger.append(entries.map((entry) => ({ transaction: transactions, ...entry })));
    },
  };
  return { state, records: { messages, mailLines, commands, counts } };
}

function createSinkServer(state: SinkState, counts: Counts, { onConnection }: SmtpSinkOptions) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    counts.connections += 1;
    counts.openConnections += 1;
    const about = { connection: counts.connections, ip: socket.remoteAddress ?? '' };
    onConnection?.({ kind: 'open', ...about, atMs: Date.now() });
    socket.on('close', () => {
      sockets.delete(socket);
      counts.openConnections -= 1;
      onConnection?.({ kind: 'close', ...about, atMs: Date.now() });
    });
    new SinkSession(socket, state, about);
  });
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { server, dropConnections };
}
