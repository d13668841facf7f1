import {
  createClientCaps,
  createPaceWatch,
  type Listening,
  type Logger,
  listen,
  type PaceLimits,
} from '@posthorn/runtime';
import type { SMTPServerSession } from 'smtp-server';
import { countOffered } from '../telemetry.ts';
import { isTaken } from './judge-recipient.ts';
import { ReturnsServer } from './returns-server.ts';
import { noSuchAddress, type SmtpRefusal, tooManyRecipients, tooManyUnknown } from './smtp-refusal.ts';
import { createTakeMessage, type TakeMessageDeps } from './take-message.ts';

export type IntakeOptions = TakeMessageDeps &
  Readonly<{
    host: string;
    port: number;
    reusePort?: boolean;
    /** What the server calls itself. */
    name: string;
    log: Logger;
    /** Largest message, in bytes, announced by SIZE (RFC 1870). */
    messageBytesMax: number;
    connectionsMax: number;
    /** From one client, an IPv4 address or an IPv6 /64. */
    clientConnectionsMax: number;
    recipientsMax: number;
    pace: PaceLimits;
    /** PEM; without them STARTTLS is not offered. */
    tls?: Readonly<{ key: string; cert: string }> | undefined;
  }>;

/** How long a closing server waits for clients in the middle of a message. */
const closeTimeoutMs = 5_000;
const lookEveryMs = 1_000;

/**
 * Starts the SMTP server of the return-path hosts (RFC 5321). It takes mail for addresses that we signed and for the
 * complaint addresses, refuses every other at RCPT (row S20), and never sends any: what it has answered 250 is on disk.
 */
export async function startSmtpIntake(options: IntakeOptions): Promise<Listening> {
  const { log, tls } = options;
  const takeMessage = createTakeMessage(options);
  const server = new ReturnsServer({
    name: options.name,
    banner: 'Posthorn returns',
    size: options.messageBytesMax,
    caps: createClientCaps({ max: options.connectionsMax, perClientMax: options.clientConnectionsMax }),
    socketTimeout: options.pace.idleTimeoutMs,
    authOptional: true,
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    ...tls,
    disableReverseLookup: true,
    closeTimeout: closeTimeoutMs,
    onConnect: (_session, callback) => callback(),
    // Not at once: smtp-server 3.21 loses its place in pipelined transactions that are all answered in one turn.
    onMailFrom: (_address, _session, callback) => setImmediate(callback),
    onRcptTo: ({ address }, session, callback) => callback(refusalOf({ address, session, server }, options)),
    onData: (stream, session, callback) =>
      void takeMessage(stream, session).then((refusal) => {
        server.connectionOf(session)?.messageEnded();
        if (refusal) callback(refusal);
        else callback(null, '2.0.0 Taken');
      }),
  });
  // A client that goes away in the middle is its own business; anything else is worth a line.
  server.on('error', (error) => log.warn({ err: error }, 'smtp connection failed'));

  const listening = await listen(server.server, options);
  const watch = createPaceWatch(options.pace);
  const looking = setInterval(() => watch.look(server.open, performance.now()), lookEveryMs);
  return {
    port: listening.port,
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearInterval(looking);
    },
  };
}

type Offered = Readonly<{ address: string; session: SMTPServerSession; server: ReturnsServer }>;

function refusalOf(
  { address, session, server }: Offered,
  { judge, clock, recipientsMax }: IntakeOptions,
): SmtpRefusal | null {
  if (session.envelope.rcptTo.length >= recipientsMax) return tooManyRecipients();
  const judged = judge(address, clock.nowMs());
  countOffered(1, { result: isTaken(judged) ? 'accepted' : judged.kind });
  if (isTaken(judged)) return null;
  const isGuessing = server.connectionOf(session)?.countUnknownRecipient() ?? false;
  return isGuessing ? tooManyUnknown() : noSuchAddress();
}
