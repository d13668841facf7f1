import type { WithheldReason } from '../outcome.ts';
import { messageBytes, pieceBytes } from './message-bytes.ts';
import type { MayEnd, OutboundMessage } from './outbound-message.ts';
import type { SmtpSession } from './smtp-session.ts';
import { createPhaseTimer, type PhaseTimer, type SmtpTimeouts } from './smtp-timeouts.ts';
import { needsEightBitMime, needsSmtpUtf8 } from './smtp-utf8.ts';
import type { Transcript } from './transcript.ts';

/** How one mail transaction went, before anybody judges it. */
export type Transaction = Readonly<{
  recipients: readonly string[];
  /** Replies to RCPT that were no yes, by recipient. */
  refusals: ReadonlyMap<string, string>;
  /** Whether the peer asked for the message, and whether the final dot was let go. */
  hasStarted: boolean;
  hasEnded: boolean;
  ending: Ending;
}>;

export type Ending =
  /** The peer's word on the message: on MAIL, on all of RCPT (the last of them), on DATA or on the final dot. */
  | Readonly<{ kind: 'replied'; to: 'MAIL' | 'RCPT' | 'DATA' | 'dot'; response: string }>
  /** The connection ended by itself; `rest` is what had come of a reply. */
  | Readonly<{ kind: 'broken'; code: string; rest: string }>
  | Readonly<{ kind: 'timeout'; phase: string }>
  | Readonly<{ kind: 'withheld'; reason: WithheldReason }>
  /** Nothing was said: the peer named a size that this message exceeds, or an address cannot stand in a command. */
  | Readonly<{ kind: 'unsendable'; reason: 'size' | 'address' }>;

export type ConversationOptions = Readonly<{
  timeouts: SmtpTimeouts;
  mayEnd: MayEnd;
  /** Aborted when the service must end soon: breaks off what has not reached its final dot. */
  stopping: AbortSignal;
  /** Gets what is said, and what else happened. */
  transcript?: Transcript | undefined;
}>;

/**
 * Sends one message over an open session: MAIL, RCPT and DATA in one go where the peer takes that (RFC 2920), then the
 * message, then, once `mayEnd` says so, the final dot. A receiver may not take responsibility before it sees the dot (RFC
 * 5321, section 4.1.1.4), so whatever must be durable first is awaited there.
 *
 * Never rejects; a transaction that did not end with the peer's reply leaves the session closed.
 */
export async function converse(
  session: SmtpSession,
  message: OutboundMessage,
  options: ConversationOptions,
): Promise<Transaction> {
  const { transcript } = options;
  session.hear(transcript);
  using conversation = new Conversation(session, message, options);
  const transaction = await conversation.run();
  if (session.isOpen && isLeftOpen(transaction)) await reset(session, options.timeouts);
  session.hear(undefined);
  return transaction;
}

class Conversation implements Disposable {
  readonly #session: SmtpSession;
  readonly #message: OutboundMessage;
  readonly #options: ConversationOptions;
  readonly #bytes: Buffer;
  readonly #timer: PhaseTimer;
  readonly #refusals = new Map<string, string>();
  readonly #ending = Promise.withResolvers<Ending>();
  #isOver = false;
  #sentBytes = 0;
  #hasStarted = false;
  #hasEnded = false;

  constructor(session: SmtpSession, message: OutboundMessage, options: ConversationOptions) {
    this.#session = session;
    this.#message = message;
    this.#options = options;
    this.#bytes = messageBytes(message.rendition);
    const { stopping, timeouts } = options;
    this.#timer = createPhaseTimer(timeouts.sessionMs, (phase) => this.#over({ kind: 'timeout', phase }));
    stopping.addEventListener('abort', this.#stop);
    session.listen({
      onEarlyReply: (response) => this.#answeredEarly(response),
      onEnd: (code, rest) => this.#over({ kind: 'broken', code, rest }),
    });
  }

  async run(): Promise<Transaction> {
    const unsendable = this.#unsendable();
    if (unsendable) this.#over({ kind: 'unsendable', reason: unsendable });
    else this.#speak().catch(() => this.#over({ kind: 'withheld', reason: 'mark-failed' }));
    const ending = await this.#ending.promise;
    const [hasStarted, hasEnded] = [this.#hasStarted, this.#hasEnded];
    const isReply = ending.kind === 'replied' && isInStep(ending.response);
    if (ending.kind !== 'unsendable' && (!isReply || hasStarted !== hasEnded)) this.#session.close();
    this.#noteEnd(ending);
    return { recipients: this.#message.recipients, refusals: this.#refusals, hasStarted, hasEnded, ending };
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#session.listen(undefined);
    this.#options.stopping.removeEventListener('abort', this.#stop);
  }

  readonly #stop = (): void => {
    if (!this.#hasEnded) this.#over({ kind: 'withheld', reason: 'stopping' });
  };

  #over(ending: Ending): void {
    this.#isOver = true;
    this.#ending.resolve(ending);
  }

  /** Behind the reply to the dot it is one to nothing, and must not be taken for one to the next message (row F29). */
  #answeredEarly(response: string): void {
    if (!this.#hasEnded) this.#over({ kind: 'replied', to: 'dot', response });
    this.#session.close();
  }

  #unsendable(): 'size' | 'address' | undefined {
    const { from, recipients } = this.#message;
    if ([from, ...recipients].some((address) => /[\r\n<>]/.test(address))) return 'address';
    return this.#bytes.length > (this.#session.extensions.sizeMax ?? Number.POSITIVE_INFINITY)
      ? 'size'
      : undefined;
  }

  async #speak(): Promise<void> {
    const { timeouts } = this.#options;
    this.#timer.start('envelope', timeouts.commandMs + timeouts.dataMs);
    const answer = this.#session.extensions.pipelining
      ? await this.#envelopeAtOnce()
      : await this.#envelopeByStep();
    if (this.#isOver || !answer) return;
    await this.#send(answer.accepted);
  }

  /** Undefined where there is nothing to send. */
  async #envelopeAtOnce(): Promise<Accepted | undefined> {
    const { recipients } = this.#message;
    this.#session.say(this.#mail(), ...recipients.map(rcpt), 'DATA');
    const replies: string[] = [];
    for (let left = recipients.length + 2; left > 0; left -= 1) {
      const reply = await this.#session.reply();
      if (isLastWord(reply)) return this.#replied('RCPT', reply);
      replies.push(reply);
    }
    const [mail = '', ...rest] = replies;
    const data = rest.pop() ?? '';
    if (!isYes(mail)) return this.#refused('MAIL', mail, data);
    const accepted = this.#judgeRecipients(rest);
    if (accepted.length === 0) return this.#refused('RCPT', rest.at(-1) ?? '', data);
    return isGoAhead(data) ? { accepted } : this.#replied('DATA', data);
  }

  async #envelopeByStep(): Promise<Accepted | undefined> {
    const { recipients } = this.#message;
    const mail = await this.#ask(this.#mail());
    if (!isYes(mail)) return this.#replied('MAIL', mail);
    const replies: string[] = [];
    for (const recipient of recipients) {
      const reply = await this.#ask(rcpt(recipient));
      if (isLastWord(reply)) return this.#replied('RCPT', reply);
      replies.push(reply);
    }
    const accepted = this.#judgeRecipients(replies);
    if (accepted.length === 0) return this.#replied('RCPT', replies.at(-1) ?? '');
    const data = await this.#ask('DATA');
    return isGoAhead(data) ? { accepted } : this.#replied('DATA', data);
  }

  #ask(command: string): Promise<string> {
    this.#session.say(command);
    return this.#session.reply();
  }

  #replied(to: 'MAIL' | 'RCPT' | 'DATA', response: string): undefined {
    this.#over({ kind: 'replied', to, response });
  }

  /** A peer that asks for a message that nobody is to get waits for a dot now, which it shall not have. */
  #refused(to: 'MAIL' | 'RCPT', response: string, data: string): undefined {
    if (isGoAhead(data)) this.#hasStarted = true;
    this.#replied(to, response);
  }

  #judgeRecipients(replies: readonly string[]): string[] {
    return this.#message.recipients.filter((recipient, index) => {
      const reply = replies[index] ?? '';
      if (!isYes(reply)) this.#refusals.set(recipient, reply);
      return isYes(reply);
    });
  }

  async #send(accepted: readonly string[]): Promise<void> {
    const { mayEnd, timeouts, transcript } = this.#options;
    this.#hasStarted = true;
    this.#timer.start('block', timeouts.blockMs);
    while (this.#sentBytes < this.#bytes.length) {
      const piece = this.#bytes.subarray(this.#sentBytes, this.#sentBytes + pieceBytes);
      const hasRoom = this.#session.write(piece);
      this.#sentBytes += piece.length;
      if (hasRoom) continue;
      await this.#session.drained();
      if (this.#isOver) return;
      this.#timer.start('block', timeouts.blockMs);
    }
    const answer = await mayEnd(accepted);
    if (this.#isOver) return;
    if (answer !== 'go') return this.#over({ kind: 'withheld', reason: answer });
    // Nothing is awaited between the leave and the dot.
    this.#hasEnded = true;
    this.#timer.start('final dot', timeouts.finalDotMs, false);
    transcript?.note('us', `(${this.#bytes.length} bytes and the final dot)`);
    this.#session.dot();
    this.#over({ kind: 'replied', to: 'dot', response: await this.#session.reply() });
  }

  #mail(): string {
    const { from, smtpUtf8 } = this.#message;
    const { eightBitMime, size } = this.#session.extensions;
    const words = [
      `MAIL FROM:<${from}>`,
      ...(needsSmtpUtf8(this.#message) ? ['SMTPUTF8'] : []),
      ...(eightBitMime && (smtpUtf8 || needsEightBitMime(this.#message)) ? ['BODY=8BITMIME'] : []),
      ...(size ? [`SIZE=${this.#bytes.length}`] : []),
    ];
    return words.join(' ');
  }

  #noteEnd(ending: Ending): void {
    if (ending.kind === 'replied') return;
    const isPart = this.#hasStarted && !this.#hasEnded;
    const part = isPart ? `, ${this.#sentBytes} of ${this.#bytes.length} bytes sent` : '';
    this.#options.transcript?.note('us', `(${reasonOf(ending)}${part})`);
  }
}

type Accepted = Readonly<{ accepted: readonly string[] }>;

function rcpt(recipient: string): string {
  return `RCPT TO:<${recipient}>`;
}

function isYes(reply: string): boolean {
  return /^2\d\d(?:[ -]|$)/.test(reply);
}

function isGoAhead(reply: string): boolean {
  return /^354(?:[ -]|$)/.test(reply);
}

/** The peer closes behind it (RFC 5321, section 3.8). */
function isLastWord(reply: string): boolean {
  return /^421(?:[ -]|$)/.test(reply);
}

/** Whether more can be said after this reply: it is one (row F22), and not the last. */
function isInStep(reply: string): boolean {
  return /^\d{3}(?:[ -]|$)/.test(reply) && !isLastWord(reply);
}

/** A refusal before the final dot leaves the transaction open at the peer. */
function isLeftOpen({ ending, hasStarted }: Transaction): boolean {
  return ending.kind === 'replied' && !hasStarted;
}

/** Ends the transaction that a refusal left open at the peer, or the connection where that fails. */
async function reset(session: SmtpSession, { commandMs }: SmtpTimeouts): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string>();
  session.listen({ onEarlyReply: () => resolve(''), onEnd: () => resolve('') });
  using timer = createPhaseTimer(commandMs, () => resolve(''));
  timer.start('reset', commandMs);
  session.say('RSET');
  session.reply().then(resolve);
  if (!isYes(await promise)) session.close();
  session.listen(undefined);
}

/** Why a transaction ended without a word of the peer's. */
function reasonOf(ending: Exclude<Ending, { kind: 'replied' }>): string {
  switch (ending.kind) {
    case 'withheld':
      return `stopped before the final dot: ${ending.reason}`;
    case 'timeout':
      return `no answer in time: ${ending.phase}`;
    case 'broken':
      return `the connection ended: ${ending.code}`;
    case 'unsendable':
      return ending.reason === 'size' ? 'larger than the peer takes' : 'an address that no command can hold';
  }
}
