import { escapeHtml } from '../template/render/sinks.ts';
import { pixelImage, type Tracking } from '../template/render/slotted-text.ts';
import { trackableTarget } from '../tokens/trackable-target.ts';
import { toSafeField } from './ascii-field.ts';
import { type Field, fieldValue, findValue } from './fields.ts';
import { htmlCharsetOf } from './html-charset.ts';
import { findHtmlEdits, type HtmlEdit } from './html-edits.ts';
import type { Leaf } from './split-message.ts';
import {
  correctedEncoding,
  decodeContent,
  encodeContent,
  hasLongLine,
  isAscii,
  rewrapBase64,
  type TransferEncoding,
  transferEncodingOf,
} from './transfer-encoding.ts';

/** How a part is written: its fields and its content. `undefined` where it leaves as it came, to the byte. */
export type WrittenPart = Readonly<{ fields: readonly Field[]; content: string }>;

/** A part that is not the same in every copy, or that cannot leave as it came. */
export type Part = Readonly<{
  leaf: Leaf;
  write: (tracking: Tracking | null) => WrittenPart | undefined;
}>;

/** Links of the whole message are counted through, part by part. */
export type PartOptions = Readonly<{
  firstLinkIndex: number;
  hasPixel: boolean;
  isOurs: (url: string) => boolean;
}>;

/** HTML that no mail program shows to its end; it is left alone. */
const htmlBytesMax = 8 * 1024 * 1024;

/** Whether links of this part are tracked: HTML that is shown and not attached, in an encoding and charset we know. */
export function isShownHtml({ fields, type, isSealed, isNested, bodyStart, end }: Leaf): boolean {
  if (isSealed || isNested || type.value !== 'text/html' || end - bodyStart > 2 * htmlBytesMax) return false;
  const disposition = findValue(fields, 'content-disposition')?.trim().toLowerCase() ?? '';
  const isNamed = /;\s*filename\*?[\d*]*\s*=/.test(disposition) || type.parameters.has('name');
  const encoding = transferEncodingOf(findValue(fields, 'content-transfer-encoding'));
  return !disposition.startsWith('attachment') && !isNamed && encoding !== 'unknown';
}

/** Reads an HTML part: what tracking changes in it, found once for all copies; undefined where nothing can be changed. */
export function htmlPart(
  raw: string,
  leaf: Leaf,
  options: PartOptions,
): (Part & { links: number }) | undefined {
  const encoding = transferEncodingOf(findValue(leaf.fields, 'content-transfer-encoding'));
  const charset = htmlCharsetOf(leaf.type.parameters.get('charset'));
  const bytes = decodeContent(raw.slice(leaf.bodyStart, leaf.end), encoding);
  const text = bytes === undefined ? undefined : charset?.toText(bytes);
  // Signed text inside HTML breaks by any change.
  if (!charset || text === undefined || text.length > htmlBytesMax || text.includes('-----BEGIN PGP '))
    return undefined;

  const { edits, pixelAt } = findHtmlEdits(charset.mask(text), charset.decodeValue);
  const tracked = edits.filter((edit) => edit.kind === 'remove' || isTrackable(edit.target, options));
  const html = { text, edits: tracked, pixelAt: options.hasPixel ? pixelAt : undefined, ...options };
  const write = (tracking: Tracking | null): WrittenPart | undefined => {
    const edited = editHtml(html, tracking);
    if (edited === text) return undefined;
    return encodePart(leaf, charset.toBytes(edited), encoding);
  };
  return { leaf, write, links: tracked.filter(({ kind }) => kind === 'link').length };
}

/**
 * A part that cannot leave as it came, written anew: bytes above 127, for which no later server can be asked (row F33), lines
 * longer than 998 bytes (row S11), or an encoding that is not spelled as its name. Undefined where it may stay to the byte.
 *
 * `isSafe` says that neither bytes nor lines need to be looked at.
 */
export function safePart(raw: string, leaf: Leaf, isSafe: boolean): Part | undefined {
  const { fields, start, bodyStart, end } = leaf;
  if (leaf.isSealed) return undefined;
  const isSafeContent = isSafe || isCarriable(raw.slice(bodyStart, end));
  const value = findValue(fields, 'content-transfer-encoding');
  const correct = bodyStart === end ? undefined : correctedEncoding(value);
  if (isSafeContent && correct === undefined && (isSafe || isCarriable(raw.slice(start, bodyStart))))
    return undefined;
  const content = raw.slice(bodyStart, end);
  const written = isSafeContent
    ? { fields: withEncoding(fields.map(toSafe), correct), content }
    : encodeUnsafe(leaf, content, transferEncodingOf(value));
  return { leaf, write: () => written };
}

/** What every server can carry. */
function isCarriable(text: string): boolean {
  return isAscii(text) && !hasLongLine(text);
}

/** An encoding that nobody knows decodes nothing, so its bytes are taken for what they are. */
function encodeUnsafe(leaf: Leaf, content: string, was: TransferEncoding): WrittenPart {
  const known = was === 'unknown' ? 'identity' : was;
  const bytes = decodeContent(content, known);
  if (bytes !== undefined) return encodePart(leaf, bytes, known);
  return { fields: leaf.fields.map(toSafe), content: rewrapBase64(content) };
}

function isTrackable(target: string, { isOurs }: PartOptions): boolean {
  return trackableTarget(target) !== null && !isOurs(target);
}

type Html = Readonly<{
  text: string;
  edits: readonly HtmlEdit[];
  pixelAt: number | undefined;
  firstLinkIndex: number;
}>;

function editHtml({ text, edits, pixelAt, firstLinkIndex }: Html, tracking: Tracking | null): string {
  const pieces: string[] = [];
  let at = 0;
  let index = firstLinkIndex;
  const pixel = tracking?.pixelUrl && pixelAt !== undefined ? pixelImage(tracking.pixelUrl) : '';
  let pixelDue = pixelAt ?? Number.POSITIVE_INFINITY;

  const copyTo = (position: number): void => {
    if (pixelDue <= position) {
      pieces.push(text.slice(at, pixelDue), pixel);
      at = pixelDue;
      pixelDue = Number.POSITIVE_INFINITY;
    }
    pieces.push(text.slice(at, position));
    at = position;
  };

  for (const edit of edits) {
    copyTo(edit.start);
    if (edit.kind === 'link') {
      const url = tracking ? tracking.linkUrl(index, edit.target) : edit.target;
      index += 1;
      // Where a link is not tracked after all, it stays as it was written.
      pieces.push(url === edit.target ? text.slice(edit.start, edit.end) : quoted(url, edit.isQuoted));
    }
    at = edit.end;
  }
  copyTo(text.length);
  return pieces.join('');
}

function quoted(url: string, isQuoted: boolean): string {
  return isQuoted ? escapeHtml(url) : `"${escapeHtml(url)}"`;
}

function encodePart({ fields }: Leaf, bytes: string, was: TransferEncoding): WrittenPart {
  const { encoding, content } = encodeContent(bytes, was);
  const kept = fields.filter(({ name }) => name !== 'content-md5').map(toSafe);
  const isDefault = encoding === '7bit' && findValue(fields, 'content-transfer-encoding') === undefined;
  return { fields: withEncoding(kept, isDefault ? undefined : encoding), content };
}

/** In place where there is such a field, else at the end; one that says the same stays as it is. */
function withEncoding(fields: readonly Field[], encoding: string | undefined): readonly Field[] {
  if (encoding === undefined) return fields;
  const name = 'content-transfer-encoding';
  const field = { name, text: `Content-Transfer-Encoding: ${encoding}` };
  if (!fields.some((own) => own.name === name)) return [...fields, field];
  return fields.map((own) => (own.name === name && fieldValue(own).toLowerCase() !== encoding ? field : own));
}

/** Nothing of a part's header needs SMTPUTF8: what has no ASCII form there is shown to nobody. */
function toSafe(field: Field): Field {
  return { name: field.name, text: toSafeField(field).replace(/[^\p{ASCII}]/gu, '?') };
}
