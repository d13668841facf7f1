import { submissionRecipientsMax } from '@posthorn/contracts';
import { parseSmtpPath, type SmtpPath } from '@posthorn/mail/smtp-path';
import type { PacedConnection } from '@posthorn/runtime';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { refusals, type SmtpRefusal } from './smtp-refusal.ts';

/** Replies to what no client of ours does; after that many the connection is ended (row S16). */
const protocolErrors: ReadonlySet<number> = new Set([500, 501, 502, 503, 504, 530, 538, 555]);
const protocolErrorsMax = 20;
/** Longest command but for AUTH, whose limit is the parser's (RFC 4954, section 4). */
const commandBytesMax = 1_000;

const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3} /;

/**
 * One client's connection: smtp-server's, with the replies, the address syntax and the rules of login of a submission
 * service (RFC 6409).
 *
 * smtp-server chooses enhanced codes by the reply code alone, offers AUTH in plain text, and reads addresses more
 * loosely than a tracked, signed message allows; all of that is decided here.
 */
export class SubmissionConnection extends SMTPConnection implements PacedConnection {
  /** Set by the server before the first byte: whether this client may log in without TLS. */
  mayLoginInPlain = false;
  commandAtMs = performance.now();
  readonly #connectedAtMs = performance.now();
  #protocolErrors = 0;

  /** The start deadline is for the login. */
  get waitsSinceMs(): number | undefined {
    return this.session.user ? undefined : this.#connectedAtMs;
  }

  get messageBytes(): number | undefined {
    return this._parser !== false && this._parser._dataMode ? this._parser.dataBytes : undefined;
  }

  get isHeldBack(): boolean {
    return this._dataStream ? this._dataStream.readableLength > 0 : false;
  }

  get isBusy(): boolean {
    return Boolean(this._handlerPending || this._dataStream);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (Array.isArray(data)) {
      super.send(code, this.#featuresOf(data).map(toAscii), context);
      return;
    }
    const reply = context === false ? { code, text: data ?? '' } : this.#replyOf(code, data ?? '', context);
    super.send(reply.code, toAscii(reply.text), false);
    if (reply.code === 500 && code === 421) this.close();
    if (protocolErrors.has(reply.code)) this.#countError();
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.commandAtMs = performance.now();
    const isLogin = this._nextHandler !== false || /^auth /i.test(command.toString('latin1', 0, 5));
    if (command.length <= commandBytesMax || isLogin || !this._ready) {
      super._onCommand(command, callback);
      return;
    }
    this.send(500, '5.5.6 Line too long: a command has at most 1,000 bytes');
    setImmediate(() => callback?.());
  }

  override _parseAddressCommand(name: string, command: Buffer | string): SmtpPath | false {
    return parseSmtpPath(name, typeof command === 'string' ? Buffer.from(command) : command);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (this.secure || this.mayLoginInPlain) {
      super.handler_AUTH(command, callback);
      return;
    }
    const { responseCode, message } = refusals.needsTls();
    this.send(responseCode, message);
    callback();
  }

  /** Not offered (row S22); without chunks nothing of a message is ever taken for a command. */
  handler_BDAT(_command: Buffer, callback: () => void): void {
    this.#refuseCommand(callback);
  }

  handler_EXPN(_command: Buffer, callback: () => void): void {
    this.#refuseCommand(callback);
  }

  handler_ETRN(_command: Buffer, callback: () => void): void {
    this.#refuseCommand(callback);
  }

  #refuseCommand(callback: () => void): void {
    this.send(502, '5.5.1 Command not implemented');
    callback();
  }

  /** AUTH is offered only where it is allowed (row S05); the limit of recipients is stated as RFC 9422 has it. */
  #featuresOf(lines: readonly string[]): string[] {
    const mayLogin = this.secure || this.mayLoginInPlain;
    const shown = lines.filter((line) => mayLogin || !line.startsWith('AUTH '));
    return [...shown, `LIMITS RCPTMAX=${submissionRecipientsMax}`];
  }

  #replyOf(code: number, data: string, context: string | undefined): { code: number; text: string } {
    if (enhancedCode.test(data) || code === 334 || code === 354) return { code, text: data };
    const text = data.replace(/^Error: /, '').replace(/^[a-z]/, (first) => first.toUpperCase());
    if (text === 'Bad sender address syntax') return replyOf(refusals.senderSyntax());
    if (text === 'Bad recipient address syntax') return replyOf(refusals.recipientSyntax());
    if (text === 'Command line too long') return { code: 500, text: '5.5.6 Line too long' };
    const enhanced = code === 421 ? closingCodeOf(text) : this._getEnhancedStatusCode(code, context);
    return { code, text: `${text === 'Invalid userdata' ? '5.5.2' : enhanced} ${text}` };
  }

  #countError(): void {
    this.#protocolErrors += 1;
    if (this.#protocolErrors >= protocolErrorsMax) this.send(421, '4.7.0 Too many errors');
  }
}

/** Clients exist that fail on a reply that is not ASCII (RFC 5321, section 4.2) in place of reading its code. */
function toAscii(text: string): string {
  return text.replace(/[^ -~]+/g, '?');
}

function replyOf({ responseCode, message }: SmtpRefusal): { code: number; text: string } {
  return { code: responseCode, text: message };
}

function closingCodeOf(text: string): string {
  if (text.startsWith('Timeout')) return '4.4.2';
  return text.startsWith('Server shutting down') ? '4.3.2' : '4.7.0';
}
