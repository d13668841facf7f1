/// <reference path="./libmime.d.ts" />
import { isUtf8 } from 'node:buffer';
import libmime from 'libmime';
import addressparser from 'nodemailer/lib/addressparser';

const LF = 0x0a;
const CR = 0x0d;
const space = 0x20;
const tab = 0x09;

/** One header field: its name as written and its value, unfolded (RFC 5322, section 2.2.3) but not decoded. */
export type HeaderField = Readonly<{ name: string; value: string }>;

/** A name and an address, as Mailpit's API spells them. */
export type Mailbox = Readonly<{ Name: string; Address: string }>;

/**
 * Reads the header fields of a message, top to bottom, up to the empty line.
 *
 * Cheap enough for each message that comes in: no decoding, one pass. Lines that are no field are skipped, lines may
 * end in a bare LF. Bytes outside ASCII are read as UTF-8 (RFC 6532), or as latin1 where they are not.
 */
export function* headerFields(raw: Buffer): Generator<HeaderField> {
  let start = 0;
  while (start < raw.length && raw[start] !== LF && raw[start] !== CR) {
    const end = endOfField(raw, start);
    const colon = raw.indexOf(0x3a, start);
    if (colon > start && colon < end) {
      yield { name: raw.toString('latin1', start, colon).trimEnd(), value: fieldValue(raw, colon + 1, end) };
    }
    start = end;
  }
}

/** The decoded text of a header's value: encoded words of any charset as Unicode (RFC 2047). */
export function decodeHeader(value: string): string {
  return value.includes('=?') ? libmime.decodeWords(value) : value;
}

/** The mailboxes of an address header, groups flattened. Names are decoded after parsing, so they cannot add any. */
export function parseMailboxes(value: string): Mailbox[] {
  return addressparser(value, { flatten: true }).map(({ name, address }) => ({
    Name: decodeHeader(name),
    Address: address,
  }));
}

/** The offset after the field that begins at `start` and all its continuation lines. */
function endOfField(raw: Buffer, start: number): number {
  let end = start;
  do {
    const newline = raw.indexOf(LF, end);
    if (newline < 0) return raw.length;
    end = newline + 1;
  } while (raw[end] === space || raw[end] === tab);
  return end;
}

function fieldValue(raw: Buffer, start: number, end: number): string {
  const bytes = raw.subarray(start, end);
  const text = isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
  return text.replace(/\r?\n[ \t]*/g, ' ').trim();
}
