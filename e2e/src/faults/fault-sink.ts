import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Arrival } from '@posthorn/testing';
import { z } from 'zod';
import type { SinkQuestion } from './sink-question.ts';

export type TimedArrival = Arrival & Readonly<{ atMs: number }>;

/** The receiver of a run, in a process of its own. */
export type FaultSink = AsyncDisposable &
  Readonly<{
    port: number;
    /** Every final dot of a message of the run, one for each recipient, in their order. */
    arrivals(): Promise<TimedArrival[]>;
    /** Final dots so far; one for each recipient. */
    arrivedCount(): Promise<number>;
    openConnections(): Promise<number>;
    behave(behaviour: Extract<SinkQuestion, { kind: 'behave' }>['behaviour']): Promise<void>;
    dropConnections(): Promise<void>;
  }>;

const SinkLine = z.object({ rcpt: z.string(), atMs: z.number() });
const Answer = z.object({ id: z.int(), answer: z.unknown().optional() });
/** Recipients of a run. Their domain's subdomains are too. */
const ours = /\+[^@+]+@([a-z]+\.)?probe\.example$/;

/** Starts the receiver; `ledger` is the file of its record. */
export async function startFaultSink(ledger: string): Promise<FaultSink> {
  const child = fork(path.join(import.meta.dirname, 'sink-process.ts'), [ledger]);
  const port = z.int().parse((await once(child, 'message'))[0]);
  const ask = createAsker(child);

  return {
    port,
    async arrivals() {
      const corrupt = new Set(z.array(z.string()).parse(await ask({ kind: 'corrupt' })));
      const lines = (await readFile(ledger, 'utf8')).split('\n').slice(0, -1);
      return lines
        .map((line) => SinkLine.parse(JSON.parse(line)))
        .filter(({ rcpt }) => ours.test(rcpt))
        .map(({ rcpt, atMs }) => ({ probe: probeOf(rcpt), isIntact: !corrupt.has(rcpt), atMs }));
    },
    arrivedCount: async () => z.int().parse(await ask({ kind: 'count' })),
    openConnections: async () => z.int().parse(await ask({ kind: 'open-connections' })),
    behave: async (behaviour) => void (await ask({ kind: 'behave', behaviour })),
    dropConnections: async () => void (await ask({ kind: 'drop-connections' })),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The part of a recipient's address that names its message. */
export function probeOf(address: string): string {
  return address.slice(address.indexOf('+') + 1, address.lastIndexOf('@'));
}

type Question = SinkQuestion extends infer Each
  ? Each extends SinkQuestion
    ? Omit<Each, 'id'>
    : never
  : never;

function createAsker(child: ChildProcess): (question: Question) => Promise<unknown> {
  const open = new Map<number, (answer: unknown) => void>();
  let last = 0;
  child.on('message', (message) => {
    const { id, answer } = Answer.parse(message);
    open.get(id)?.(answer);
    open.delete(id);
  });
  return (question) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    last += 1;
    open.set(last, resolve);
    child.send({ ...question, id: last });
    return promise;
  };
}
