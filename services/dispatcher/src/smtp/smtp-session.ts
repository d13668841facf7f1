import type { Socket } from 'node:net';
import type { Transcript } from './transcript.ts';

/** What a peer said it can do, in its reply to EHLO. */
export type Extensions = Readonly<{
  pipelining: boolean;
  smtpUtf8: boolean;
  eightBitMime: boolean;
  /** It takes `SIZE=` with MAIL. */
  size: boolean;
  /** Largest message it takes, in bytes; undefined where it names none. */
  sizeMax: number | undefined;
}>;

/** Largest reply read, in bytes, lines before its last included (row F28). */
export const replyBytesMax = 64 * 1024;

/** What becomes of a session that nobody waits for a reply of. */
export type SessionListener = Readonly<{
  /** A reply to nothing. */
  onEarlyReply: (reply: string) => void;
  /** The connection ended; `rest` is what had come of a reply. */
  onEnd: (code: string, rest: string) => void;
}>;

/**
 * An SMTP connection on which mail can be sent: writes commands, and cuts what comes back into replies (RFC 5321, section
 * 4.2). A peer that says something while nobody asked, or replies without end, has no session any more.
 */
export class SmtpSession {
  readonly extensions: Extensions;
  readonly #socket: Socket;
  readonly #replies: string[] = [];
  readonly #awaited: ((reply: string) => void)[] = [];
  /** Replies still to come for what was said. */
  #owed = 0;
  #listener: SessionListener | undefined;
  #transcript: Transcript | undefined;
  /** What came after the last whole line, and the lines before it of a reply that is not whole. */
  #line = '';
  #reply = '';
  #hasEnded = false;
  /** What still comes is nobody's. */
  #isLeft = false;

  /** Takes over a socket on which EHLO was answered; nobody else may read from it. */
  constructor(socket: Socket, extensions: Extensions) {
    this.extensions = extensions;
    this.#socket = socket;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.resume();
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'ESOCKET'));
    for (const event of ['end', 'close']) socket.on(event, () => this.#end('ECONNECTION'));
    if (socket.destroyed) this.#hasEnded = true;
  }

  get isOpen(): boolean {
    return !this.#hasEnded;
  }

  /** What is said from now on is noted in `transcript`, or nowhere. */
  hear(transcript: Transcript | undefined): void {
    this.#transcript = transcript;
  }

  /** Who is told from now on what else happens. */
  listen(listener: SessionListener | undefined): void {
    this.#listener = listener;
  }

  /** Says commands, in one segment where they fit one. */
  say(...commands: readonly string[]): void {
    if (this.#transcript) for (const command of commands) this.#transcript.note('us', command);
    this.#owed += commands.length;
    this.write(`${commands.join('\r\n')}\r\n`);
  }

  /** Ends the message. */
  dot(): void {
    this.#owed += 1;
    this.write('.\r\n');
  }

  /** Writes bytes as they are; false where the peer should be given time to read them. */
  write(bytes: string | Buffer): boolean {
    return this.#hasEnded || this.#socket.write(bytes);
  }

  /** Resolves when there is room for more. Never, where the connection ends before. */
  drained(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('drain', resolve));
  }

  /** The next reply, lines joined by line feeds. Never resolves where the connection ends before it: the listener is told. */
  async reply(): Promise<string> {
    return this.#replies.shift() ?? new Promise((resolve) => this.#awaited.push(resolve));
  }

  /** Breaks the connection off; the listener is not told. */
  close(): void {
    this.#hasEnded = true;
    this.#leave();
  }

  /** Says QUIT, and leaves without waiting long for the answer (RFC 5321, section 4.1.1.10). */
  quit(): void {
    if (this.#hasEnded) return void this.#socket.destroy();
    this.#awaited.push(() => this.#socket.end());
    this.say('QUIT');
    this.#hasEnded = true;
    setTimeout(() => this.#socket.destroy(), quitMs).unref();
  }

  /** Our end closes when the peer's does, or soon: closed at once it would be gone here while the peer still counts it. */
  #leave(): void {
    this.#isLeft = true;
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), quitMs).unref();
  }

  #read(chunk: Buffer): void {
    if (this.#isLeft) return;
    this.#line += chunk.toString('latin1');
    for (let at = this.#line.indexOf('\n'); at >= 0; at = this.#line.indexOf('\n')) {
      const line = this.#line.slice(0, this.#line[at - 1] === '\r' ? at - 1 : at);
      this.#line = this.#line.slice(at + 1);
      this.#reply = this.#reply === '' ? line : `${this.#reply}\n${line}`;
      if (this.#reply.length > replyBytesMax) return void this.#endless();
      // What does not go on is whole, also where it is no reply at all (row F22).
      if (!/^\d{3}-/.test(line)) this.#take();
    }
    if (this.#line.length > replyBytesMax) this.#endless();
  }

  #take(): void {
    const reply = decoded(this.#reply);
    this.#reply = '';
    this.#transcript?.note('peer', reply);
    if (this.#owed > 0) this.#give(reply);
    else if (this.#listener) this.#listener.onEarlyReply(reply);
    // At rest: a 421, or somebody who is not in step with us.
    else this.close();
  }

  #give(reply: string): void {
    this.#owed -= 1;
    const resolve = this.#awaited.shift();
    if (resolve) resolve(reply);
    else this.#replies.push(reply);
  }

  /** All lines of a reply have one code (RFC 5321, section 4.2.1), so it counts, although nobody reads on to its end. */
  #endless(): void {
    const reply = decoded((this.#reply || this.#line).slice(0, replyBytesMax));
    this.#line = '';
    this.#reply = '';
    this.#leave();
    if (this.#owed === 0 || !/^\d{3}[ -]/.test(reply)) return void this.#end('EPROTOCOL');
    this.#hasEnded = true;
    this.#transcript?.note('peer', reply);
    this.#give(reply);
  }

  #end(code: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const rest = decoded(this.#reply || this.#line);
    if (rest) this.#transcript?.note('peer', rest);
    this.#listener?.onEnd(code, rest);
  }
}

/** How long a peer may take to answer QUIT, and to close its end. */
const quitMs = 1_000;

/** Replies have no charset (RFC 5321, section 4.2.1): UTF-8 where they are, else a character a byte. */
function decoded(reply: string): string {
  if (!/[\x80-\xff]/.test(reply)) return reply;
  const utf8 = Buffer.from(reply, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? reply : utf8;
}

/** Reads a reply to EHLO (RFC 5321, section 4.1.1.1). One to HELO names nothing, and so does none. */
export function extensionsOf(reply: string): Extensions {
  const lines = reply.toUpperCase().split('\n').slice(1);
  const named = new Map(lines.map((line) => [line.slice(4).split(' ', 1)[0] ?? '', line]));
  const sizeMax = Number(/^.{4}SIZE (\d+)/.exec(named.get('SIZE') ?? '')?.[1] ?? 0);
  return {
    pipelining: named.has('PIPELINING'),
    smtpUtf8: named.has('SMTPUTF8'),
    eightBitMime: named.has('8BITMIME'),
    size: named.has('SIZE'),
    sizeMax: sizeMax > 0 ? sizeMax : undefined,
  };
}
