import { messageBytesMax } from './wire.ts';

/** Cuts a socket's bytes into messages. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** Gives the messages that `chunk` completes. Throws where a length cannot be one: the stream is then lost. */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      if (this.#length < 4) return;
      const sizeBytes = this.#joined(4).readInt32LE(0);
      if (sizeBytes < 16 || sizeBytes > messageBytesMax)
        throw new Error(`impossible message length ${sizeBytes}`);
      if (this.#length < sizeBytes) return;
      const joined = this.#joined(sizeBytes);
      this.#chunks =
        joined.length > sizeBytes
          ? [joined.subarray(sizeBytes), ...this.#chunks.slice(1)]
          : this.#chunks.slice(1);
      this.#length -= sizeBytes;
      yield joined.subarray(0, sizeBytes);
    }
  }

  /** Joins chunks, only when there are enough of them, until the first holds `count` bytes. */
  #joined(count: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= count) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
