import { Readable, Transform } from 'node:stream';

/** Bytes handed over at once; small enough that a slow peer holds the next piece back. */
const pieceBytes = 64 * 1024;

export type GuardedMessageOptions = Readonly<{
  /** The final bytes, a character a byte (latin1). */
  rendition: string;
  /** Called when the peer has asked for the message, and after each piece. */
  onProgress: () => void;
  /**
   * Called once, when every byte is on its way. The final dot is sent only if it returns true; the check has to be
   * its last step, since nothing is awaited between its result and the dot.
   */
  mayEnd: () => Promise<boolean>;
}>;

/**
 * A message whose end has to be allowed.
 *
 * A receiver may not take responsibility before it sees the final dot (RFC 5321, section 4.1.1.4), and SMTPConnection
 * writes the dot when this stream ends. So whatever must be durable first is awaited here; when it fails, the stream is
 * destroyed and the dot never leaves.
 */
export class GuardedMessage extends Readable {
  readonly #options: GuardedMessageOptions;
  readonly #bytes: Buffer;
  #sentBytes = 0;
  #hasEnded = false;

  constructor(options: GuardedMessageOptions) {
    super({ highWaterMark: pieceBytes });
    this.#options = options;
    this.#bytes = Buffer.from(options.rendition, 'latin1');
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  /** Handed to the connection so far, without the dots that it adds. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Whether the peer asked for the message. */
  get hasStarted(): boolean {
    return this.#sentBytes > 0;
  }

  /** Whether the final dot was let go: from here on the message may have arrived. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * SMTPConnection pipes a message through its `DataStream`, which looks at every byte to stuff dots and mend line ends:
   * a quarter of all a delivery costs. Most messages need neither, and go to its readable side as they are; it still
   * writes the final dot. Library edge: nodemailer 10; any other destination is piped to as usual.
   */
  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    const isDataStream = destination instanceof Transform && Reflect.has(destination, 'lastByte');
    if (!isDataStream || this.#bytes.length > pieceBytes || !isPlain(this.#options.rendition)) {
      return super.pipe(destination, options);
    }
    this.#options.onProgress();
    this.#sentBytes = this.#bytes.length;
    destination.push(this.#bytes);
    void this.#end(() => {
      Reflect.set(destination, 'lastByte', 0x0a);
      destination.end();
    });
    return destination;
  }

  override _read(): void {
    this.#options.onProgress();
    if (this.#sentBytes < this.#bytes.length) {
      const end = Math.min(this.#sentBytes + pieceBytes, this.#bytes.length);
      const piece = this.#bytes.subarray(this.#sentBytes, end);
      this.#sentBytes = end;
      this.push(piece);
      return;
    }
    void this.#end(() => this.push(null));
  }

  async #end(letGo: () => void): Promise<void> {
    try {
      const isAllowed = await this.#options.mayEnd();
      if (this.destroyed) return;
      if (!isAllowed) return void this.destroy(new Error('withheld'));
      this.#hasEnded = true;
      letGo();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error('withheld', { cause: error }));
    }
  }
}

/** Whether no dot follows a line end of any kind, so that nothing in it can end it (SMTP smuggling) or needs stuffing. */
function isPlain(rendition: string): boolean {
  return (
    rendition.endsWith('\r\n') &&
    !rendition.startsWith('.') &&
    !rendition.includes('\n.') &&
    !rendition.includes('\r.')
  );
}
