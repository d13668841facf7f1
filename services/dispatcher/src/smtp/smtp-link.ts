import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AttemptTls } from '@posthorn/contracts';
import { systemClock } from '@posthorn/runtime';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { broken, type Outcome, outcomeOfRefusedSession, outcomeOfReply, refused } from '../outcome.ts';
import { type ConversationOptions, converse } from './conversation.ts';
import { type ConversationTap, tapConversation } from './conversation-tap.ts';
import { chainOf, matchesDane, type TlsaRecord } from './dane.ts';
import { dial } from './dial.ts';
import { judgeTransaction } from './judge-transaction.ts';
import type { LinkTarget } from './link-target.ts';
import type { OutboundMessage } from './outbound-message.ts';
import { codeOf, hasReply, originalCodeOf } from './smtp-failure.ts';
import { extensionsOf, replyBytesMax, SmtpSession } from './smtp-session.ts';
import { createPhaseTimer, type SmtpTimeouts } from './smtp-timeouts.ts';
import { needsEightBitMime, needsSmtpUtf8 } from './smtp-utf8.ts';
import { SourceGone } from './source-gone.ts';
import {
  certificateFailureOf,
  failureOfCode,
  plainSession,
  sessionOf,
  type TlsFailure,
  type TlsSession,
} from './tls-session.ts';

/** One kept SMTP connection. It carries one message at a time. */
export type SmtpLink = {
  readonly host: string;
  readonly openedAtMs: number;
  readonly messageCount: number;
  readonly isOpen: boolean;
  /** Undefined in plain where nobody demanded more. */
  readonly tls: AttemptTls | undefined;
  /** Sends a message; the outcome of each recipient comes back, whatever happens. */
  send(message: OutboundMessage, options: ConversationOptions): Promise<ReadonlyMap<string, Outcome>>;
  /** Says QUIT and closes. */
  quit(): void;
};

export type OpenedLink =
  | Readonly<{
      kind: 'open';
      link: SmtpLink;
      /** Why the TLS proves nothing, although that is good enough here. */
      tlsFailure?: TlsFailure | undefined;
    }>
  | Readonly<{
      kind: 'failed';
      outcome: Outcome;
      /** The host offered TLS and failed at it; in plain it may work. */
      isTlsFault: boolean;
      /** There was no connection at all. */
      isUnreachable?: boolean;
      /** It is the source address that is missing (row F54): nobody was spoken to. */
      isSourceGone?: boolean;
      tlsFailure?: TlsFailure | undefined;
      tls?: AttemptTls | undefined;
    }>;

/**
 * Connects and greets; what goes wrong, an aborted `signal` among it, is returned as the outcome it means for every
 * recipient.
 */
export async function openLink(
  target: LinkTarget,
  timeouts: SmtpTimeouts,
  signal: AbortSignal,
): Promise<OpenedLink> {
  const { transcript } = target;
  let socket: Socket;
  try {
    socket = await dial(target, timeouts.connectMs, signal);
    target.watch?.(socket);
    transcript?.note('us', `(connected to ${peerOf(target, socket)} from ${socket.localAddress})`);
  } catch (error) {
    const code = codeOf(error);
    transcript?.note('us', `(no connection to ${peerOf(target)}: ${code})`);
    const outcome = broken(
      '4.4.1',
      code === 'ETIMEDOUT' ? 'TIMEOUT' : 'TEMPORARY_PROBLEM',
      `no connection: ${code}`,
    );
    const isSourceGone = error instanceof SourceGone;
    const isUnreachable = !isSourceGone && code !== 'ABORT_ERR';
    return { kind: 'failed', outcome, isTlsFault: false, isUnreachable, isSourceGone };
  }
  const connection = new SMTPConnection({ connection: socket, ...optionsOf(target, timeouts) });
  connection.on('error', () => undefined);
  const tap = tapConversation(connection);
  tap.hear(transcript);
  const { failure, ehloReply } = await greet({ connection, tap }, target, timeouts, signal);
  tap.hear(undefined);
  if (failure !== undefined && failure !== null) return failedGreeting(connection, failure, target);
  const { session, tlsFailure } = judgeTls(connection, target);
  const tls = attemptTls(session, target);
  if (tlsFailure && target.tlsa) return failedTls(connection, tlsFailure, target);
  return { kind: 'open', link: createLink(sessionOn(connection, ehloReply), target.host, tls), tlsFailure };
}

function failedGreeting(connection: SMTPConnection, failure: unknown, target: LinkTarget): OpenedLink {
  const isUnsupported = codeOf(failure) === 'ETLS' || (target.tls === 'required' && isHeloOnly(failure));
  const isHandshake = connection.upgrading === true;
  const tlsFailure = isUnsupported
    ? 'starttls-not-supported'
    : isHandshake
      ? failureOfCode(originalCodeOf(failure))
      : undefined;
  if (tlsFailure && target.policy !== 'none') return failedTls(connection, tlsFailure, target);
  connection.close();
  if (!hasReply(failure))
    target.transcript?.note('us', `(no session: ${originalCodeOf(failure) || codeOf(failure)})`);
  const isTlsFault = tlsFailure !== undefined;
  return { kind: 'failed', outcome: outcomeOfFailure(failure), isTlsFault, tlsFailure };
}

/** What is demanded and not given makes the mail wait; it never goes in plain (rows F30, F31). */
function failedTls(connection: SMTPConnection, tlsFailure: TlsFailure, target: LinkTarget): OpenedLink {
  connection.close();
  const response = `TLS is demanded (${target.policy}) and failed: ${tlsFailure}`;
  target.transcript?.note('us', `(${response})`);
  const outcome = broken('4.7.5', 'POLICY', response);
  return { kind: 'failed', outcome, isTlsFault: true, tlsFailure, tls: attemptTls(plainSession, target) };
}

function attemptTls(session: TlsSession, { policy }: LinkTarget): AttemptTls | undefined {
  return session === plainSession && policy === 'none' ? undefined : { ...session, policy };
}

type JudgedTls = Readonly<{ session: TlsSession; tlsFailure: TlsFailure | undefined }>;

/** Says what the session's TLS proves; with `tlsa`, a failure means that it is not what the host published. */
function judgeTls(connection: SMTPConnection, { host, tlsa }: LinkTarget): JudgedTls {
  const { _socket: socket } = connection;
  if (!(socket instanceof TLSSocket)) return { session: plainSession, tlsFailure: 'starttls-not-supported' };
  // Records that nobody can check demand TLS and no proof (RFC 7672, section 2.2).
  if (tlsa?.length === 0) return { session: sessionOf(socket, { isVerified: false }), tlsFailure: undefined };
  const tlsFailure = tlsa ? daneFailureOf(socket, host, tlsa) : certificateFailureOf(socket, host);
  return { session: sessionOf(socket, { isVerified: tlsFailure === undefined }), tlsFailure };
}

function daneFailureOf(socket: TLSSocket, host: string, tlsa: readonly TlsaRecord[]): TlsFailure | undefined {
  const chain = chainOf(socket.getPeerCertificate(true));
  const isMatch = matchesDane(chain, tlsa, { names: [host], nowMs: systemClock.nowMs() });
  return isMatch ? undefined : 'validation-failure';
}

/** A peer that only knows HELO has no STARTTLS, and SMTPConnection has no code for that. */
function isHeloOnly(failure: unknown): boolean {
  return failure instanceof Error && failure.message.includes('required STARTTLS');
}

function optionsOf(
  { host, port, ehloName, tls, tlsa }: LinkTarget,
  timeouts: SmtpTimeouts,
): SMTPConnection.Options {
  return {
    host,
    port,
    name: ehloName,
    secure: tls === 'implicit',
    ignoreTLS: tls === 'off',
    requireTLS: tls === 'required',
    tls: { rejectUnauthorized: tls !== 'opportunistic' && !tlsa },
    greetingTimeout: timeouts.bannerMs,
    connectionTimeout: 2 * timeouts.bannerMs,
    // Our own timers decide; this one only catches what they would miss.
    socketTimeout: timeouts.finalDotMs + 60_000,
    socketCloseTimeout: 1_000,
    maxResponseSize: replyBytesMax,
    transactionLog: true,
  };
}

type Tapped = Readonly<{ connection: SMTPConnection; tap: ConversationTap }>;

type Greeting = Readonly<{
  /** Undefined or null when the session is ready for mail, else why not. */
  failure: unknown;
  /** The reply to EHLO, or to HELO where the peer knows that only. */
  ehloReply: string;
}>;

async function greet(
  { connection, tap }: Tapped,
  { login }: LinkTarget,
  timeouts: SmtpTimeouts,
  signal: AbortSignal,
): Promise<Greeting> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  let ehloReply = '';
  const stop = () => resolve({ code: 'ABORT_ERR' });
  using timer = createPhaseTimer(timeouts.sessionMs, () => resolve({ code: 'ETIMEDOUT' }));
  timer.start('banner', 2 * timeouts.bannerMs);
  signal.addEventListener('abort', stop);
  connection.once('error', resolve);
  connection.connect((error) => {
    // The handshake ends with that reply, so it is the last one yet.
    ehloReply = connection.lastServerResponse || '';
    if (error || !login) resolve(error);
    else {
      tap.setLogin(true);
      connection.login({ ...login }, (refusal) => resolve(refusal ?? undefined));
    }
  });
  const failure = await promise;
  tap.setLogin(false);
  signal.removeEventListener('abort', stop);
  return { failure, ehloReply };
}

/**
 * The mail goes over a session of our own: it costs less, and knows of final dots that have to be allowed. The library
 * hears no more of what is said; what else befalls the socket is nothing to it. Library edge: nodemailer 10.
 */
function sessionOn(connection: SMTPConnection, ehloReply: string): SmtpSession {
  const { _socket: socket } = connection;
  if (!socket) throw new Error('a session without a socket');
  socket.removeAllListeners('data');
  return new SmtpSession(socket, extensionsOf(ehloReply));
}

function outcomeOfFailure(failure: unknown): Outcome {
  if (!hasReply(failure)) {
    const code = codeOf(failure);
    return broken('4.4.2', code === 'ETIMEDOUT' ? 'TIMEOUT' : 'TEMPORARY_PROBLEM', `no session: ${code}`);
  }
  return outcomeOfRefusedSession(outcomeOfReply(failure.response));
}

function createLink(session: SmtpSession, host: string, tls: AttemptTls | undefined): SmtpLink {
  const openedAtMs = performance.now();
  let messageCount = 0;

  return {
    host,
    tls,
    openedAtMs,
    get messageCount() {
      return messageCount;
    },
    get isOpen() {
      return session.isOpen;
    },
    async send(message, options) {
      const { smtpUtf8, eightBitMime } = session.extensions;
      if (!smtpUtf8 && needsSmtpUtf8(message)) return refuseAll(message, noSmtpUtf8);
      if (!eightBitMime && needsEightBitMime(message)) return refuseAll(message, noEightBitMime);
      if (messageCount > 0) options.transcript?.note('us', `(kept connection to ${host})`);
      messageCount += 1;
      return judgeTransaction(await converse(session, message, options));
    },
    quit: () => session.quit(),
  };
}

const noSmtpUtf8 = refused('5.6.7', 'POLICY', 'the receiving server takes no internationalized mail');
/** RFC 6152, section 3: such bytes must not be sent, "under any circumstances". */
const noEightBitMime = refused(
  '5.6.3',
  'POLICY',
  'a part that must not be changed holds 8-bit bytes, and the receiving server does not take them',
);

function refuseAll({ recipients }: OutboundMessage, outcome: Outcome): ReadonlyMap<string, Outcome> {
  return new Map(recipients.map((recipient) => [recipient, outcome]));
}

/** `mx1.example.org [192.0.2.1]:25` */
function peerOf({ host, address, port }: LinkTarget, socket?: Socket): string {
  const dialled = socket?.remoteAddress ?? address;
  return dialled === undefined || dialled === host ? `${host}:${port}` : `${host} [${dialled}]:${port}`;
}
