import { createClientCaps, type Listening, type Logger, listen } from '@posthorn/runtime';
import { countOffered } from '../telemetry.ts';
import { isTaken } from './judge-recipient.ts';
import { ReturnsServer } from './returns-server.ts';
import { noSuchAddress, type SmtpRefusal, tooManyRecipients } from './smtp-refusal.ts';
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
    /** Silence after which a connection is ended. */
    idleTimeoutMs: number;
    /** PEM; without them STARTTLS is not offered. */
    tls?: Readonly<{ key: string; cert: string }> | undefined;
  }>;

/** How long a closing server waits for clients in the middle of a message. */
const closeTimeoutMs = 5_000;

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
    socketTimeout: options.idleTimeoutMs,
    authOptional: true,
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    ...tls,
    disableReverseLookup: true,
    closeTimeout: closeTimeoutMs,
    onConnect: (_session, callback) => callback(),
    // Not at once: smtp-server 3.21 loses its place in pipelined transactions that are all answered in one turn.
    onMailFrom: (_address, _session, callback) => setImmediate(callback),
    onRcptTo: ({ address }, { envelope }, callback) =>
      callback(refusalOf(address, envelope.rcptTo.length, options)),
    onData: (stream, session, callback) =>
      void takeMessage(stream, session).then((refusal) =>
        refusal ? callback(refusal) : callback(null, '2.0.0 Taken'),
      ),
  });
  // A client that goes away in the middle is its own business; anything else is worth a line.
  server.on('error', (error) => log.warn({ err: error }, 'smtp connection failed'));

  const listening = await listen(server.server, options);
  return {
    port: listening.port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusalOf(
  address: string,
  recipients: number,
  { judge, clock, recipientsMax }: IntakeOptions,
): SmtpRefusal | null {
  if (recipients >= recipientsMax) return tooManyRecipients();
  const judged = judge(address, clock.nowMs());
  countOffered(1, { result: isTaken(judged) ? 'accepted' : judged.kind });
  return isTaken(judged) ? null : noSuchAddress();
}
