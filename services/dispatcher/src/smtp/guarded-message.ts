import { Readable } from 'node:stream';

/** Bytes handed over at once; small enough that a slow peer holds the next piece back. */
const pieceBytes = 64 * 1024;

export type GuardedMessageOptions = Readonly<{
  bytes: Buffer;
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
  #sentBytes = 0;
  #hasEnded = false;

  constructor(options: GuardedMessageOptions) {
    super({ highWaterMark: pieceBytes });
    this.#options = options;
  }

  /** Whether the peer asked for the message. */
  get hasStarted(): boolean {
    return this.#sentBytes > 0;
  }

  /** Whether the final dot was let go: from here on the message may have arrived. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  override _read(): void {
    const { bytes, onProgress } = this.#options;
    onProgress();
    if (this.#sentBytes < bytes.length) {
      const end = Math.min(this.#sentBytes + pieceBytes, bytes.length);
      const piece = bytes.subarray(this.#sentBytes, end);
      this.#sentBytes = end;
      this.push(piece);
      return;
    }
    void this.#end();
  }

  async #end(): Promise<void> {
    try {
      const isAllowed = await this.#options.mayEnd();
      if (this.destroyed) return;
      if (!isAllowed) return void this.destroy(new Error('withheld'));
      this.#hasEnded = true;
      this.push(null);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error('withheld', { cause: error }));
    }
  }
}
