import { bytesOf, entriesOf, numericOf, rank, rankOf, textOf } from './compare.ts';

/**
 * Writes values as bytes that compare, byte by byte, as `compareValues` compares the values.
 *
 * Each value is a byte for its type and then its content. No encoding is a prefix of another, so several of them in
 * a row compare key after key, and the complement of all bytes of one gives the descending order.
 */
export class KeyWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  /** Encodes a compound key. A direction of -1 reverses the order of its value. */
  encode(values: readonly unknown[], directions: readonly number[]): Uint8Array {
    this.#length = 0;
    for (let i = 0; i < values.length; i++) {
      const start = this.#length;
      this.#value(values[i]);
      if (directions[i] === -1) complement(this.#bytes, start, this.#length);
    }
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#length);
  }

  #value(value: unknown): void {
    const type = rankOf(value);
    this.#byte(typeByteOf(type));
    this.#content(type, value);
  }

  #content(type: number, value: unknown): void {
    switch (type) {
      case rank.number:
        this.#number(numericOf(value));
        break;
      case rank.string:
        this.#text(String(value));
        break;
      case rank.boolean:
        this.#byte(value === true ? 1 : 0);
        break;
      case rank.date:
        this.#double(Number(value));
        break;
      default:
        this.#rareContent(type, value);
    }
  }

  #rareContent(type: number, value: unknown): void {
    switch (type) {
      case rank.object:
        this.#document(entriesOf(value));
        break;
      case rank.array:
        if (Array.isArray(value)) for (const element of value) this.#value(element);
        this.#byte(end);
        break;
      case rank.binary:
        this.#binary(bytesOf(value));
        break;
      case rank.objectId:
        this.#raw(bytesOf(value).bytes);
        break;
      case rank.timestamp:
        this.#reserve(8);
        this.#length = this.#bytes.writeBigUInt64BE(BigInt(String(value)), this.#length);
        break;
      case rank.regex:
      case rank.code:
        this.#text(textOf(value));
        break;
    }
  }

  /** Fields compare by type, then by name, then by value; a shorter document is less than one that continues it. */
  #document(fields: readonly [string, unknown][]): void {
    for (const [name, value] of fields) {
      const type = rankOf(value);
      this.#byte(typeByteOf(type));
      this.#text(name);
      this.#content(type, value);
    }
    this.#byte(end);
  }

  /** Beyond 2^53 an int64 may differ from the nearest double; the difference, which is below 2^15, follows. */
  #number(value: number | bigint): void {
    const nearest = Number(value);
    this.#double(nearest);
    if (Math.abs(nearest) < 2 ** 53 || Number.isNaN(nearest)) return;
    const rest = typeof value === 'bigint' ? Number(value - BigInt(nearest)) : 0;
    this.#reserve(2);
    this.#length = this.#bytes.writeUInt16BE(0x8000 + rest, this.#length);
  }

  #double(value: number): void {
    this.#reserve(8);
    const start = this.#length;
    this.#length += 8;
    if (Number.isNaN(value)) {
      // NaN is below all others.
      this.#bytes.fill(0, start, this.#length);
      return;
    }
    // Adding 0 makes 0 of -0.
    this.#bytes.writeDoubleBE(value + 0, start);
    const first = this.#bytes[start] ?? 0;
    if (first >= 0x80) complement(this.#bytes, start, this.#length);
    else this.#bytes[start] = first | 0x80;
  }

  /** UTF-8 is in the order of characters. A NUL ends it; bytes 0 and 1 inside become two. */
  #text(text: string): void {
    const plain = text.includes('\0') || text.includes('\u0001') ? escapeLow(text) : text;
    this.#reserve(plain.length * 3 + 1);
    this.#length += this.#bytes.write(plain, this.#length, 'utf8');
    this.#byte(end);
  }

  #binary({ bytes, subType }: { bytes: Uint8Array; subType: number }): void {
    this.#reserve(5);
    this.#length = this.#bytes.writeUInt32BE(bytes.length, this.#length);
    this.#byte(subType);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The first byte of every value of a type: neither it nor its complement is ever 0, 1 or 255. */
export function typeByteOf(type: number): number {
  return 0x10 + type;
}

const end = 0;

function escapeLow(text: string): string {
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001');
}

function complement(bytes: Buffer, start: number, stop: number): void {
  for (let at = start; at < stop; at++) bytes[at] = ~(bytes[at] ?? 0);
}
