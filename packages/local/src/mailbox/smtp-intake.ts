import { type Logger, listen } from '@posthorn/runtime';
import type { SMTPServerDataStream, SMTPServerEnvelope } from 'smtp-server';
import type { MailStore } from './mail-store.ts';
import { MailboxServer } from './mailbox-server.ts';

/** Largest message accepted, in bytes; announced by SIZE (RFC 1870). */
export const messageBytesMax = 64 * 1024 * 1024;

/** How long a closing intake waits for clients that keep their connection. */
const closeTimeoutMs = 1_000;

/** A reply other than 250. The enhanced code stands in the text (RFC 3463), since the mailbox does not announce it. */
class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

export type SmtpIntake = AsyncDisposable & { port: number };

/**
 * Starts the SMTP server of the mailbox: takes any sender and any recipient, without authentication or TLS.
 *
 * 250 is answered when the message is durable. Two recipients are there to try failures with, whatever the domain:
 * `bounce@…` is refused for good (550 5.1.1), `defer@…` for now (451 4.7.1). Throws a `misconfigured` Fault when the
 * port is taken.
 */
export async function startSmtpIntake({
  store,
  host,
  port,
  log,
}: {
  store: MailStore;
  host: string;
  port: number;
  log: Logger;
}): Promise<SmtpIntake> {
  const server = new MailboxServer({
    name: 'mailbox.posthorn.localhost',
    banner: 'Posthorn mailbox',
    size: messageBytesMax,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: closeTimeoutMs,
    onConnect: (_session, callback) => callback(),
    // Not at once: smtp-server 3.21 loses its place when a whole pipelined transaction follows another in one packet
    // and every handler of it answers in the same turn.
    onMailFrom: (_address, _session, callback) => setImmediate(callback),
    onRcptTo: ({ address }, _session, callback) => callback(temperOf(address)),
    onData: (stream, { envelope }, callback) =>
      void takeMessage({ stream, envelope, store, log }).then((reply) =>
        typeof reply === 'string' ? callback(null, reply) : callback(reply),
      ),
  });
  // A client that goes away in the middle is its own business; anything else is worth a line.
  server.on('error', (error) => log.warn({ err: error }, 'smtp connection failed'));

  const listening = await listen(server.server, { host, port });
  return {
    port: listening.port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Takes one message, and returns the text of the 250 or the refusal. */
async function takeMessage({
  stream,
  envelope: { mailFrom, rcptTo },
  store,
  log,
}: {
  stream: SMTPServerDataStream;
  envelope: SMTPServerEnvelope;
  store: MailStore;
  log: Logger;
}): Promise<string | SmtpRefusal> {
  const raw = await receive(stream);
  if (raw instanceof SmtpRefusal) return raw;
  try {
    const envelope = {
      mailFrom: mailFrom ? mailFrom.address : '',
      rcptTo: rcptTo.map(({ address }) => address),
    };
    return `2.0.0 Stored as ${await store.add({ ...envelope, raw })}`;
  } catch (error) {
    log.error({ err: error }, 'message could not be stored');
    return new SmtpRefusal(452, '4.3.1 The mailbox could not store the message');
  }
}

/** The exact bytes between DATA and the final dot, with the dots that SMTP doubled undone. */
function receive(stream: SMTPServerDataStream): Promise<Buffer | SmtpRefusal> {
  const { promise, resolve } = Promise.withResolvers<Buffer | SmtpRefusal>();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => {
    // Past the limit the rest is read and thrown away: the client hears of it only after the final dot.
    if (stream.sizeExceeded) chunks.length = 0;
    else chunks.push(chunk);
  });
  stream.on('end', () => resolve(stream.sizeExceeded ? tooLarge() : Buffer.concat(chunks)));
  // The client went away before the final dot; nobody is left to hear this.
  stream.on('error', () => resolve(new SmtpRefusal(451, '4.4.2 The connection was lost')));
  return promise;
}

function tooLarge(): SmtpRefusal {
  return new SmtpRefusal(552, `5.3.4 Message larger than ${messageBytesMax} bytes`);
}

function temperOf(address: string): Error | null {
  const localPart = address.slice(0, address.lastIndexOf('@')).toLowerCase();
  if (localPart === 'bounce')
    return new SmtpRefusal(550, '5.1.1 No such mailbox here (bounce@ always bounces)');
  if (localPart === 'defer') return new SmtpRefusal(451, '4.7.1 Try again later (defer@ always defers)');
  return null;
}
