import { submissionBytesMax } from '@posthorn/contracts';
import {
  type ClientCaps,
  clientOf,
  createPaceWatch,
  type Listening,
  type Logger,
  listen,
  type PaceLimits,
} from '@posthorn/runtime';
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import type { CheckLogin } from '../auth/check-login.ts';
import type { Certificate } from '../tls/watch-certificate.ts';
import type { ClientSession } from './client-session.ts';
import { type JudgeSender, judgeRecipient } from './judge-envelope.ts';
import { refusals, type SmtpRefusal } from './smtp-refusal.ts';
import { SubmissionServer } from './submission-server.ts';
import type { TakeMessage } from './take-message.ts';

export type SmtpOptions = Readonly<{
  host: string;
  port: number;
  reusePort?: boolean;
  /** TLS from the first byte (port 465, RFC 8314); else STARTTLS. */
  isImplicitTls: boolean;
  /** What the server calls itself. */
  name: string;
  certificate: Certificate;
  caps: ClientCaps;
  pace: PaceLimits;
  /** For development: clients on this machine may log in without TLS. */
  allowPlainLogin: boolean;
  checkLogin: CheckLogin;
  judgeSender: JudgeSender;
  takeMessage: TakeMessage;
  log: Logger;
}>;

/** A port that takes mail. */
export type SmtpPort = Listening & {
  /** Presents another certificate from the next handshake on. */
  renew: (certificate: Certificate) => void;
};

/** Commands of smtp-server's that are none of a submission service. */
const disabledCommands = ['XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'];
const lookEveryMs = 1_000;
/** How long a closing server waits for messages whose final dot has come. */
const closeTimeoutMs = 10_000;

/** Opens one port for submission (RFC 6409). Disposing it says 421 to idle clients and lets messages under way end. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpPort> {
  const { log, pace } = options;
  const server = new SubmissionServer({
    ...settingsOf(options),
    ...handlersOf(options),
    caps: options.caps,
    allowPlainLogin: options.allowPlainLogin,
  });
  // A client that goes away in the middle is its own business; anything else is worth a line.
  server.on('error', (error) => log.debug({ err: error }, 'smtp connection failed'));

  const listening = await listen(server.server, options);
  const watch = createPaceWatch(pace);
  const looking = setInterval(() => watch.look(server.open, performance.now()), lookEveryMs);
  return {
    port: listening.port,
    renew: (certificate) => server.updateSecureContext({ ...certificate }),
    [Symbol.asyncDispose]: async () => {
      await close(server);
      clearInterval(looking);
    },
  };
}

function settingsOf({ name, isImplicitTls, certificate, pace }: SmtpOptions): SMTPServerOptions {
  return {
    ...{ name, banner: 'Posthorn submission', secure: isImplicitTls, disabledCommands, ...certificate },
    ...{ minVersion: 'TLSv1.2', size: submissionBytesMax, maxCommandLength: 12_288 },
    ...{ socketTimeout: pace.idleTimeoutMs, closeTimeout: closeTimeoutMs, disableReverseLookup: true },
    ...{ hideENHANCEDSTATUSCODES: false, allowInsecureAuth: true, maxAllowedUnauthenticatedCommands: 20 },
    authMethods: ['PLAIN', 'LOGIN'],
    authRequiredMessage: '5.7.0 Authentication required: use STARTTLS, then AUTH with an SMTP token',
  };
}

/** Only what a client waits for anyway is asked of others: the login, MAIL and the end of DATA. */
function handlersOf({ checkLogin, judgeSender, takeMessage, log }: SmtpOptions): SMTPServerOptions {
  const bug = (error: unknown): SmtpRefusal => {
    log.error({ err: error }, 'smtp command failed');
    return refusals.cannotStore();
  };
  return {
    onConnect: (_session, callback) => callback(),
    onAuth: ({ username = '', password, authzid = '' }, session, callback) => {
      const client = clientOf(session.remoteAddress);
      checkLogin({ userName: username, password: password ?? '', actsAs: authzid, client }).then(
        (result) =>
          result.kind === 'in'
            ? callback(null, { user: newSession(result.token) })
            : callback(result.refusal),
        (error) => callback(bug(error)),
      );
    },
    // Never at once: smtp-server 3.21 loses its place in pipelined transactions that are all answered in one turn.
    onMailFrom: (address, session, callback) => {
      judgeSender(address, clientSessionOf(session)).then(
        (refusal) => setImmediate(callback, refusal),
        (error) => setImmediate(callback, bug(error)),
      );
    },
    onRcptTo: (address, session, callback) =>
      callback(
        judgeRecipient(address, clientSessionOf(session), { isUtf8: session.envelope.smtpUtf8 === true }),
      ),
    onData: (stream, session, callback) => {
      takeMessage(stream, session, clientSessionOf(session)).then(
        (reply) => ('refusal' in reply ? callback(reply.refusal) : callback(null, reply.text)),
        (error) => callback(bug(error)),
      );
    },
  };
}

function newSession(token: ClientSession['token']): ClientSession {
  return { token, dedupesMessageId: false, recipients: [] };
}

/** Set by the login, without which smtp-server lets no command through to us. */
function clientSessionOf({ user }: SMTPServerSession): ClientSession {
  return user;
}

async function close(server: SubmissionServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const connection of server.open) {
    if (!connection._dataStream && !connection._handlerPending)
      connection.send(421, '4.3.2 Closing for a restart: connect again');
  }
  await closed;
}
