import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createMessageParser, type MessageParser, type ParsedMessage } from './message-parser.ts';
import { behaviourOf, type SinkBehaviour, type SinkStep } from './sink-behaviour.ts';
import type { SinkEntry } from './sink-ledger.ts';
import type { SinkServerBehaviour } from './sink-options.ts';

/** What sessions share: the server's rules and its records. */
export type SinkState = {
  behaviour: SinkServerBehaviour;
  isFast: boolean;
  /** When each (ip, sender, recipient) was first refused by greylisting. */
  greylist: Map<string, number>;
  /** How often each recipient was tried, where a share of the tries is refused. */
  tries: Map<string, number>;
  countCommand: (verb: string) => void;
  keepMailLine: (line: string) => void;
  countBodyBytes: (bytes: number) => void;
  accept: (entries: readonly Omit<SinkEntry, 'transaction'>[], message: Buffer) => Promise<void> | undefined;
};

type SessionAbout = Readonly<{ ip: string; connection: number }>;
type Recipient = Readonly<{ address: string; behaviour: SinkBehaviour }>;

/** One SMTP conversation, from the receiver's side. Commands that arrive while a reply is held back wait their turn. */
export class SinkSession {
  readonly #state: SinkState;
  readonly #about: SessionAbout;
  #socket: Socket;
  #input: Buffer = Buffer.alloc(0);
  #output = '';
  #parser: MessageParser | undefined;
  #from = '';
  #recipients: Recipient[] = [];
  #messages = 0;
  #isBusy = false;
  #isDone = false;

  constructor(socket: Socket, state: SinkState, about: SessionAbout) {
    this.#socket = socket;
    this.#state = state;
    this.#about = about;
    this.#attach(socket);
    this.#greet();
  }

  #attach(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
  }

  #greet(): void {
    const { connect = 'ok', banner } = this.#state.behaviour;
    const steps: Record<typeof connect, SinkStep> = {
      ok: { text: '220 sink.example ESMTP' },
      '421': { text: '421 4.3.2 too busy', after: 'close' },
      silent: { after: 'silence' },
      drop: { after: 'close' },
      garbage: { text: 'lorem ipsum', after: 'silence' },
    };
    this.#say(banner === undefined ? steps[connect] : { text: banner, after: 'close' });
    this.#flush();
  }

  #take(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#run();
  }

  /** Handles what has arrived until input runs out or a step has to wait. */
  #run(): void {
    while (!this.#isBusy && !this.#isDone && this.#input.length > 0) {
      const waiting = this.#parser ? this.#takeData(this.#parser) : this.#takeLine();
      if (waiting === 'more') break;
      if (waiting) this.#resumeAfter(waiting);
    }
    if (!this.#isBusy) this.#flush();
  }

  #resumeAfter(waiting: Promise<void>): void {
    this.#isBusy = true;
    void waiting.then(() => {
      this.#isBusy = false;
      this.#run();
    });
  }

  #takeLine(): Promise<void> | 'more' | undefined {
    const end = this.#input.indexOf('\r\n');
    if (end < 0) return 'more';
    const line = this.#input.toString('utf8', 0, end);
    this.#input = this.#input.subarray(end + 2);
    const verb = line.slice(0, 4).toUpperCase();
    this.#state.countCommand(verb);
    if (verb === this.#state.behaviour.silentAt) return this.#say({ after: 'silence' });
    return this.#command(verb, line);
  }

  #command(verb: string, line: string): Promise<void> | undefined {
    switch (verb) {
      case 'EHLO':
        return this.#say({ text: this.#ehlo() });
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#rcpt(line);
      case 'DATA':
        return this.#data();
      case 'RSET':
        this.#reset();
        return this.#say({ text: '250 2.0.0 reset' });
      case 'STAR':
        return this.#startTls();
      case 'QUIT':
        return this.#say({ text: '221 2.0.0 bye', after: 'close' });
      default:
        return this.#say({ text: /^(HELO|NOOP)$/.test(verb) ? '250 2.0.0 ok' : '502 5.5.1 what?' });
    }
  }

  #ehlo(): string {
    const {
      pipelining = true,
      eightBitMime = true,
      smtpUtf8 = true,
      startTls,
      sizeMax,
    } = this.#state.behaviour;
    const lines = ['sink.example', sizeMax ? `SIZE ${sizeMax}` : 'SIZE', 'ENHANCEDSTATUSCODES'];
    if (pipelining) lines.push('PIPELINING');
    if (eightBitMime) lines.push('8BITMIME');
    if (smtpUtf8) lines.push('SMTPUTF8');
    if (startTls && !(this.#socket instanceof TLSSocket)) lines.push('STARTTLS');
    return lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
  }

  #mail(line: string): Promise<void> | undefined {
    this.#state.keepMailLine(line);
    const { mail, messagesMax = Number.POSITIVE_INFINITY } = this.#state.behaviour;
    if (this.#messages >= messagesMax) return this.#say({ text: '421 4.7.0 enough for now', after: 'close' });
    if (mail) return this.#say({ text: mail, ...(mail.startsWith('421') && { after: 'close' }) });
    if (this.#from) return this.#say({ text: '503 5.5.1 nested MAIL' });
    this.#from = addressIn(line) || '<>';
    return this.#say({ text: '250 2.1.0 ok' });
  }

  #rcpt(line: string): Promise<void> | undefined {
    if (!this.#from) return this.#say({ text: '503 5.5.1 MAIL first' });
    const address = addressIn(line);
    const behaviour = behaviourOf(address.slice(0, address.lastIndexOf('@')), this.#recipients.length);
    const step = this.#greylisted(address, behaviour) ?? this.#deferred(address) ?? behaviour.rcpt ?? {};
    this.#recipients.push({ address, behaviour: { ...behaviour, rcpt: step } });
    return this.#say(step.text || step.after ? step : { ...step, text: '250 2.1.5 ok' });
  }

  #deferred(address: string): SinkStep | undefined {
    const { deferPercent = 0 } = this.#state.behaviour;
    if (deferPercent === 0) return undefined;
    const tries = this.#state.tries.get(address) ?? 0;
    this.#state.tries.set(address, tries + 1);
    const draw = createHash('sha256').update(`${address} ${tries}`).digest().readUInt32BE(0) % 100;
    return draw < deferPercent ? { text: '451 4.3.2 not now, try again later' } : undefined;
  }

  #greylisted(
    address: string,
    { greylistMs = this.#state.behaviour.greylistMs }: SinkBehaviour,
  ): SinkStep | undefined {
    if (greylistMs === undefined) return undefined;
    const triplet = `${this.#about.ip} ${this.#from} ${address}`;
    const firstAtMs = this.#state.greylist.get(triplet);
    if (firstAtMs === undefined) this.#state.greylist.set(triplet, Date.now());
    const isOver = firstAtMs !== undefined && Date.now() - firstAtMs >= greylistMs;
    return isOver ? undefined : { text: '451 4.7.1 greylisted, try again later' };
  }

  get #accepted(): Recipient[] {
    return this.#recipients.filter(({ behaviour }) => !behaviour.rcpt?.text);
  }

  #data(): Promise<void> | undefined {
    if (this.#accepted.length === 0) return this.#say({ text: '554 5.5.1 no valid recipients' });
    const step = this.#stepOf('data') ?? {};
    const isRefused = /^[45]/.test(step.text ?? '');
    if (isRefused || step.after) return this.#say(step);
    this.#parser = createMessageParser({ keep: !this.#state.isFast });
    return this.#say({ ...step, text: step.text ?? '354 end with a dot' });
  }

  #takeData(parser: MessageParser): Promise<void> | 'more' | undefined {
    const chunk = this.#input;
    this.#input = Buffer.alloc(0);
    this.#state.countBodyBytes(chunk.length);
    const body = this.#stepOf('body');
    if (body) return this.#say(body);
    const parsed = parser.push(chunk);
    if (!parsed) return 'more';
    this.#parser = undefined;
    this.#input = parsed.rest;
    return this.#finish(parsed);
  }

  #finish(parsed: ParsedMessage): Promise<void> | undefined {
    const step = this.#stepOf('dot') ?? {};
    const { isAccepted = !/^[45]/.test(step.text ?? '') } =
      this.#accepted.find(({ behaviour }) => behaviour.isAccepted !== undefined)?.behaviour ?? {};
    const written = isAccepted ? this.#state.accept(this.#entriesOf(parsed), parsed.message) : undefined;
    this.#messages += 1;
    this.#reset();
    const { dotDelayMs: delayMs } = this.#state.behaviour;
    const reply =
      step.text || step.pieces || step.after
        ? step
        : { ...(delayMs !== undefined && { delayMs }), ...step, text: '250 2.0.0 accepted' };
    return written ? written.then(() => this.#say(reply)) : this.#say(reply);
  }

  #entriesOf({ message, sizeBytes }: ParsedMessage): Omit<SinkEntry, 'transaction'>[] {
    const head = message.toString('latin1', 0, Math.min(message.length, 8_192));
    const common = {
      messageId: /^message-id:\s*(\S+)/im.exec(head)?.[1],
      probeId: /^x-probe-id:\s*(\S+)/im.exec(head)?.[1],
      from: this.#from,
      ...this.#about,
      atMs: Date.now(),
      sizeBytes,
      sha256: this.#state.isFast ? undefined : createHash('sha256').update(message).digest('hex'),
    };
    return this.#accepted.map(({ address }) => ({ ...common, rcpt: address }));
  }

  #stepOf(stage: 'data' | 'body' | 'dot'): SinkStep | undefined {
    return this.#accepted.find(({ behaviour }) => behaviour[stage])?.behaviour[stage];
  }

  #reset(): void {
    this.#from = '';
    this.#recipients = [];
  }

  #startTls(): Promise<void> | undefined {
    const { startTls } = this.#state.behaviour;
    if (!startTls || startTls === 'refuse') return this.#say({ text: '454 4.7.0 TLS not available' });
    this.#say({ text: '220 go ahead' });
    this.#flush();
    this.#socket.removeAllListeners('data');
    if (startTls === 'garbage') {
      this.#socket.once('data', () => this.#socket.end('this is no TLS\r\n'));
      return undefined;
    }
    this.#socket = new TLSSocket(this.#socket, { isServer: true, ...startTls });
    this.#attach(this.#socket);
    return undefined;
  }

  #say(step: SinkStep): Promise<void> | undefined {
    if (step.delayMs || step.pieces) return this.#sayLater(step);
    if (step.text !== undefined) this.#output += `${step.text}\r\n`;
    this.#leave(step.after);
    return undefined;
  }

  async #sayLater({ delayMs = 0, pieces = [], ...step }: SinkStep): Promise<void> {
    this.#flush();
    await pause(delayMs);
    for (const piece of pieces) {
      this.#socket.write(piece);
      await pause(5);
    }
    this.#say(step);
  }

  #leave(after: SinkStep['after']): void {
    if (!after) return;
    this.#isDone = true;
    const socket = this.#socket;
    this.#flush();
    // The peer must be able to read the reply before the RST throws away what is on its way.
    if (after === 'reset') setTimeout(() => socket.resetAndDestroy(), 20);
    if (after === 'close') socket.end();
  }

  #flush(): void {
    if (this.#output && this.#socket.writable) this.#socket.write(this.#output);
    this.#output = '';
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
