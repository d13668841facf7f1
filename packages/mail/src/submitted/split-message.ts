import { type MediaType, readMediaType } from '../header/media-type.ts';
import { type Field, type FieldBlock, fieldValue, findValue, headerMax, readFields } from './fields.ts';
import { transferEncodingOf } from './transfer-encoding.ts';

/**
 * A part that holds content, by positions in the message: header from `start`, content from `bodyStart` to `end`. That of a
 * multipart or of a message within the message is its header alone: what it holds are parts of their own.
 */
export type Leaf = Readonly<{
  start: number;
  bodyStart: number;
  end: number;
  fields: readonly Field[];
  type: MediaType;
  /** The branch of the outermost multipart/alternative it lies in: of several branches a reader is shown one. */
  branch: string;
  /** Not ours to change: signed, encrypted, or not to be understood. */
  isSealed: boolean;
  /** Lies in a message within the message: encoded anew where it cannot leave as it is, never tracked. */
  isNested: boolean;
}>;

export type SplitMessage = Readonly<{
  /** The message's own header. */
  fields: readonly Field[];
  bodyStart: number;
  leaves: readonly Leaf[];
}>;

/** More than these and the message is left as it is (row H07). */
const limits = { parts: 1_000, depth: 20, fieldsOfPart: 200, headerBytes: 128 * 1024 } as const;

/** Left to the byte: a signature covers it, it is encrypted, or it is a piece of something (RFC 2046, section 5.2). */
const sealedTypes =
  /^(?:multipart\/(?:signed|encrypted)|message\/(?:partial|external-body)|application\/(?:x-)?(?:pkcs7-(?:mime|signature)|pgp-(?:encrypted|signature|keys)))$/;
/** A message of its own, whose parts are found: it may not be encoded as a whole (RFC 2046, section 5.2.1). */
const messageTypes = /^message\/(?:rfc822|news)$/;

type Multipart = Readonly<{
  delimiter: string;
  branch: string;
  isAlternative: boolean;
  /** What a part is that does not say (RFC 2046, section 5.1.5). */
  defaultType: string;
  parts: { count: number };
  isNested: boolean;
}>;
type Delimiter = Readonly<{ lineStart: number; lineEnd: number; level: number; isClosing: boolean }>;

/**
 * Finds the parts of a message (RFC 2046, section 5.1): a character a byte, CRLF line ends. One pass. Throws RangeError
 * where its own header is longer than `headerMax`, and never else.
 *
 * A multipart that is never closed ends with the message, an outer boundary ends the inner ones, and a multipart
 * without a usable boundary is one sealed part. Beyond the limits the whole message is one sealed part.
 */
export function splitMessage(raw: string): SplitMessage {
  const header = readFields(raw, { fieldsMax: headerMax.fields });
  if (header.isTooLong || header.end > headerMax.bytes) throw new RangeError('the header is too long');
  const { fields, end: bodyStart } = header;
  const walk: Walk = { raw, stack: [], leaves: [], parts: 0 };
  const isWhole = walkParts(walk, { ...header, isDamaged: false });
  const type = readMediaType(findValue(fields, 'content-type') ?? '');
  const sealed = {
    start: 0,
    bodyStart,
    end: raw.length,
    fields,
    type,
    branch: '',
    isSealed: true,
    isNested: false,
  };
  return { fields, bodyStart, leaves: isWhole ? walk.leaves : [sealed] };
}

type Walk = { raw: string; stack: Multipart[]; leaves: Leaf[]; parts: number };
type Opening = Omit<Leaf, 'end'>;

/** False where a limit was passed. */
function walkParts(walk: Walk, root: FieldBlock): boolean {
  const { raw, stack, leaves } = walk;
  let start = 0;
  let header: FieldBlock | undefined = root;
  let from = root.end;
  for (;;) {
    const leaf: Opening | undefined = header && openPart(walk, { start, header, isNested: false });
    if (stack.length > limits.depth || walk.parts > limits.parts) return false;
    const next = nextDelimiter(raw, stack, from);
    if (leaf) leaves.push({ ...leaf, end: next ? Math.max(leaf.bodyStart, next.lineStart - 2) : raw.length });
    if (!next) return true;

    stack.length = next.isClosing ? next.level : next.level + 1;
    start = next.lineEnd;
    from = start;
    header = next.isClosing ? undefined : readPartHeader(walk, start);
    if (!header) continue;
    walk.parts += 1;
    from = header.end;
    if (header.isTooLong || from - start > limits.headerBytes) return false;
  }
}

/** A multipart is put on the stack, a message within the message is opened; anything else is a leaf. */
function openPart(
  walk: Walk,
  part: { start: number; header: FieldBlock; isNested: boolean },
): Opening | undefined {
  const { stack, leaves } = walk;
  const { fields, end, isDamaged } = part.header;
  const outer = stack.at(-1);
  const type = readMediaType(findValue(fields, 'content-type') ?? outer?.defaultType ?? 'text/plain');
  const branch = branchOf(outer);
  const isSealed = isDamaged || isAmbiguous(fields) || sealedTypes.test(type.value);
  const isNested = part.isNested || outer?.isNested === true;
  const leaf = { ...{ start: part.start, bodyStart: end, fields, type, branch, isSealed, isNested } };
  const isMultipart = type.value.startsWith('multipart/');
  const isOpen = !isSealed && (isMultipart ? isBoundary(boundaryOf(type)) : isOpenMessage(type, fields));
  if (!isOpen) return { ...leaf, isSealed: isSealed || isMultipart };

  // The message's own header is written by others.
  if (part.start > 0) leaves.push({ ...leaf, end });
  if (isMultipart) stack.push(multipartOf(type, { branch, isNested }));
  else return openMessage(walk, end);
  return undefined;
}

function multipartOf(
  type: MediaType,
  { branch, isNested }: { branch: string; isNested: boolean },
): Multipart {
  return {
    ...{ delimiter: `--${boundaryOf(type)}`, branch, parts: { count: 0 } },
    isAlternative: type.value === 'multipart/alternative',
    isNested,
    defaultType: type.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain',
  };
}

function openMessage(walk: Walk, end: number): Opening | undefined {
  walk.parts += 1;
  if (walk.parts > limits.parts) return undefined;
  const start = endOfMailboxLine(walk.raw, end);
  const header = readPartHeader(walk, start);
  if (header.isTooLong || header.end - start > limits.headerBytes) walk.parts = limits.parts + 1;
  return openPart(walk, { start, header, isNested: true });
}

/** `From somebody Mon Nov 30 …`, with which mailbox files begin a message, is no field. */
function endOfMailboxLine(raw: string, start: number): number {
  const isThere = raw.startsWith('From ', start) || raw.startsWith('>From ', start);
  const end = isThere ? raw.indexOf('\r\n', start) : -1;
  return end === -1 ? start : end + 2;
}

function isOpenMessage(type: MediaType, fields: readonly Field[]): boolean {
  const encoding = transferEncodingOf(findValue(fields, 'content-transfer-encoding'));
  return messageTypes.test(type.value) && encoding === 'identity';
}

function boundaryOf({ parameters }: MediaType): string {
  return parameters.get('boundary')?.trimEnd() ?? '';
}

/** Only the outermost alternative counts: what lies within one of its branches is shown together. */
function branchOf(outer: Multipart | undefined): string {
  if (outer === undefined || outer.branch !== '' || !outer.isAlternative) return outer?.branch ?? '';
  outer.parts.count += 1;
  return `${outer.delimiter} ${outer.parts.count}`;
}

function readPartHeader({ raw, stack }: Walk, start: number): FieldBlock {
  const isEnd = (lineStart: number) => delimiterAt(raw, stack, lineStart) !== undefined;
  return readFields(raw, { start, fieldsMax: limits.fieldsOfPart, isEnd });
}

function nextDelimiter(raw: string, stack: readonly Multipart[], from: number): Delimiter | undefined {
  if (stack.length === 0) return undefined;
  for (let at = raw.indexOf('\r\n--', from - 2); at !== -1; at = raw.indexOf('\r\n--', at + 2)) {
    const delimiter = delimiterAt(raw, stack, at + 2);
    if (delimiter) return delimiter;
  }
  return undefined;
}

function delimiterAt(raw: string, stack: readonly Multipart[], lineStart: number): Delimiter | undefined {
  if (!raw.startsWith('--', lineStart)) return undefined;
  for (let level = stack.length - 1; level >= 0; level -= 1) {
    const delimiter = stack[level]?.delimiter ?? '';
    if (!raw.startsWith(delimiter, lineStart)) continue;
    const tail = /^(--)?[ \t]{0,100}(?:\r\n|$)/.exec(
      raw.slice(lineStart + delimiter.length, lineStart + delimiter.length + 110),
    );
    if (!tail) continue;
    const lineEnd = lineStart + delimiter.length + tail[0].length;
    return { lineStart, lineEnd, level, isClosing: tail[1] !== undefined };
  }
  return undefined;
}

/** RFC 2046 allows 70 characters; mail programs exist that write more. */
function isBoundary(text: string): boolean {
  return text.length <= 200 && /^[ -~]+$/.test(text);
}

/** Two of one kind that differ: which of them a reader follows is anyone's guess. */
function isAmbiguous(fields: readonly Field[]): boolean {
  return ['content-type', 'content-transfer-encoding', 'content-disposition'].some((name) => {
    const same = fields.filter((field) => field.name === name);
    return same.length > 1 && new Set(same.map((field) => fieldValue(field).toLowerCase())).size > 1;
  });
}
