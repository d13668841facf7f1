import { isUtf8 } from 'node:buffer';
import { formatDate } from '../header/date.ts';
import type { ComposedMessage } from '../mime/compose-message.ts';
import type { Tracking } from '../template/render/slotted-text.ts';
import { needsUtf8Header, toSafeField } from './ascii-field.ts';
import { isEmptyField, repairedId } from './empty-field.ts';
import { type Field, findValue } from './fields.ts';
import { htmlPart, isShownHtml, type Part, safePart, type WrittenPart } from './part.ts';
import { type Leaf, splitMessage } from './split-message.ts';
import { hasLongLine, isAscii } from './transfer-encoding.ts';

/** What every copy of a message gets where the client wrote none. */
export type MessageDefaults = Readonly<{
  /** `local@domain`, without angle brackets. */
  messageId: string;
  /** Unix time in milliseconds. */
  dateMs: number;
}>;

export type CopyOptions = Readonly<{
  /** Null for a copy without tracking: its links stay, and no pixel is added. */
  tracking: Tracking | null;
  /** Fields of our own, put at the end of the header in this order; such fields of the client's are removed. */
  headers: readonly Readonly<{ name: string; value: string }>[];
}>;

/** One copy, as `renditionOf` takes it. */
export type SubmittedCopy = ComposedMessage &
  Readonly<{
    /** A header of it has bytes above 127, which only SMTPUTF8 carries (RFC 6531). */
    needsSmtpUtf8: boolean;
  }>;

/** A finished message that was read once and of which any number of copies is written. */
export type SubmittedMessage = Readonly<{ writeCopy: (options: CopyOptions) => SubmittedCopy }>;

export type ReadOptions = MessageDefaults &
  Readonly<{
    /** Tells which links are tracking links of ours already, which are not wrapped again. */
    isOurs: (url: string) => boolean;
    /** Leaves the parts alone altogether: only the header is ours then. For a message that took too long to read. */
    isHeaderOnly?: boolean;
  }>;

/**
 * Reads a message that a client finished: a character a byte (latin1). What is not understood stays as it came.
 *
 * Links and the pixel are put into the HTML that is shown (see `isShownHtml`); parts with bytes above 127 or lines longer
 * than 998 bytes are encoded anew, since DKIM must sign what every server can carry; in messages within the message too.
 * Every other part leaves to the byte, and so does whatever a signature covers (S/MIME, PGP): that alone may keep such bytes
 * and lines. CR and LF are made CRLF and NUL is left out everywhere (row S02). Linear in the message's length; never throws for what a client wrote.
 */
export function readSubmitted(message: string, options: ReadOptions): SubmittedMessage {
  const raw = toCrlf(message);
  const { fields, bodyStart, leaves } = splitMessage(raw);
  const isSafe = isAscii(raw) && !hasLongLine(raw);
  const parts = options.isHeaderOnly ? [] : partsOf(raw, leaves, { ...options, isSafe });
  const rootPart = parts.find(({ leaf }) => leaf.start === 0);
  const header = headerOf(rootTyped(fields, raw.slice(bodyStart)), options);

  return {
    writeCopy: ({ tracking, headers }) => {
      const root = rootPart?.write(tracking);
      const own = header.map((field) => contentFieldOf(field, root));
      const added =
        root?.fields.filter((field) => isContentField(field) && !hasField(header, field.name)) ?? [];
      const text = writeHeader([...own.flat(), ...added], headers);
      const body = root
        ? root.content
        : rootPart
          ? raw.slice(bodyStart)
          : writeBody(raw, {
              bodyStart,
              parts,
              tracking,
              frameOf: isSafe || options.isHeaderOnly ? asIs : safeFrame,
            });
      return { headers: text, body: ended(body), needsSmtpUtf8: needsUtf8Header(text) };
    },
  };
}

const pieceLength = 64 * 1024;

/** Nearly every message needs nothing: looking is much cheaper. In pieces, since a replacement takes memory for each match. */
function toCrlf(message: string): string {
  if (!message.includes('\0') && !/\r(?!\n)|(?<!\r)\n/.test(message)) return message;
  const pieces: string[] = [];
  let start = 0;
  while (start < message.length) {
    const cut = start + pieceLength;
    const end = message[cut - 1] === '\r' ? cut + 1 : cut;
    // Split and joined, which gives one string; what `replace` gives holds all its pieces as long as it lives.
    pieces.push(
      message
        .slice(start, end)
        .split('\0')
        .join('')
        .split(/\r\n|\r|\n/)
        .join('\r\n'),
    );
    start = end;
  }
  return pieces.join('');
}

const asIs = (text: string): string => text;

/** What stands around the parts, before the first boundary for instance, is shown to nobody: it is made ASCII in short lines. */
function safeFrame(text: string): string {
  const ascii = isAscii(text) ? text : text.replace(/[^\p{ASCII}]/gu, '?');
  return hasLongLine(ascii) ? ascii.replace(/[^\r\n]{900}/g, '$&\r\n ') : ascii;
}

/** Those that are not the same in every copy, or that cannot leave as they came; all of them where the frame is written anew. */
function partsOf(
  raw: string,
  leaves: readonly Leaf[],
  { isOurs, isSafe }: ReadOptions & { isSafe: boolean },
): Part[] {
  const hasPixel = createPixelChoice();
  let firstLinkIndex = 0;
  return leaves.flatMap((leaf): Part[] => {
    const safe = safePart(raw, leaf, isSafe);
    const html = isShownHtml(leaf)
      ? htmlPart(raw, leaf, { firstLinkIndex, isOurs, hasPixel: hasPixel(leaf) })
      : undefined;
    firstLinkIndex += html?.links ?? 0;
    if (html) return [{ leaf, write: (tracking) => html.write(tracking) ?? safe?.write(tracking) }];
    if (safe) return [safe];
    return isSafe ? [] : [{ leaf, write: () => undefined }];
  });
}

/** The first HTML part has the pixel; where it is one of several alternatives, the first of each, since one is shown. */
function createPixelChoice(): (leaf: Leaf) => boolean {
  const seen = new Set<string>();
  let isAlternative: boolean | undefined;
  return ({ branch }) => {
    isAlternative ??= branch !== '';
    if (seen.has(branch) || (branch !== '') !== isAlternative || (seen.size > 0 && !isAlternative))
      return false;
    seen.add(branch);
    return true;
  };
}

type Body = Readonly<{
  bodyStart: number;
  parts: readonly Part[];
  tracking: Tracking | null;
  /** Writes what stands between two parts. */
  frameOf: (text: string) => string;
}>;

function writeBody(raw: string, { bodyStart, parts, tracking, frameOf }: Body): string {
  const pieces: string[] = [];
  let at = bodyStart;
  for (const { leaf, write } of parts) {
    const written = write(tracking);
    pieces.push(frameOf(raw.slice(at, leaf.start)));
    at = leaf.end;
    if (!written) pieces.push(raw.slice(leaf.start, leaf.end));
    else pieces.push(...written.fields.map(({ text }) => `${text}\r\n`), '\r\n', written.content);
  }
  pieces.push(frameOf(raw.slice(at)));
  return pieces.join('');
}

/** The last line ends with CRLF, or the dot behind it would not stand alone (RFC 5321, section 4.1.1.4). */
function ended(body: string): string {
  return body === '' || body.endsWith('\r\n') ? body : `${body}\r\n`;
}

/**
 * Never in a copy: who else got it, what is the receiver's to write, what was for us, and signatures of a message that is
 * not this one any more (ours take their place).
 */
const removedNames =
  /^(?:(?:resent-)?bcc|return-path|x-posthorn-.*|x-hubspot-mid|feedback-id|dkim-signature|domainkey-signature|content-length)$/;

function headerOf(fields: readonly Field[], { messageId, dateMs }: MessageDefaults): Field[] {
  const kept = fields
    .filter((field) => !removedNames.test(field.name))
    .map((field) => ({ name: field.name, text: toSafeField(repairedId(field)) }))
    .filter((field) => !isEmptyField(field));
  const defaults = [
    { name: 'date', text: `Date: ${formatDate(dateMs)}` },
    { name: 'message-id', text: `Message-ID: <${messageId}>` },
    { name: 'mime-version', text: 'MIME-Version: 1.0' },
  ];
  return [...kept, ...defaults.filter(({ name }) => !hasField(kept, name))];
}

/** Text of 8 bits in a message that says nothing of itself: UTF-8 where it is that. */
function rootTyped(fields: readonly Field[], body: string): readonly Field[] {
  if (findValue(fields, 'content-type') !== undefined || isAscii(body)) return fields;
  if (!isUtf8(Buffer.from(body, 'latin1'))) return fields;
  return [...fields, { name: 'content-type', text: 'Content-Type: text/plain; charset=utf-8' }];
}

/** The message's own content fields as its only part writes them. */
function contentFieldOf(field: Field, root: WrittenPart | undefined): Field[] {
  if (!root || !isContentField(field)) return [field];
  const written = root.fields.find(({ name }) => name === field.name);
  if (written) return [written];
  return field.name === 'content-md5' ? [] : [field];
}

function isContentField({ name }: Field): boolean {
  return name.startsWith('content-');
}

function hasField(fields: readonly Field[], name: string): boolean {
  return fields.some((field) => field.name === name);
}

function writeHeader(fields: readonly Field[], own: CopyOptions['headers']): string {
  const texts = [...fields.map(({ text }) => text), ...own.map(({ name, value }) => `${name}: ${value}`)];
  return texts.map((text) => `${text}\r\n`).join('');
}
