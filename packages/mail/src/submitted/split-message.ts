import { type Field, type FieldBlock, findValue, headerMax, readFields } from './fields.ts';
import { type MediaType, readMediaType } from './media-type.ts';

/** A part that holds content, by positions in the message: header from `start`, content from `bodyStart` to `end`. */
export type Leaf = Readonly<{
  start: number;
  bodyStart: number;
  end: number;
  fields: readonly Field[];
  type: MediaType;
  /** The branch of the outermost multipart/alternative it lies in: of several branches a reader is shown one. */
  branch: string;
  /** Not ours to change: signed, encrypted, a message of its own, or not to be understood. */
  isSealed: boolean;
}>;

export type SplitMessage = Readonly<{
  /** The message's own header. */
  fields: readonly Field[];
  bodyStart: number;
  leaves: readonly Leaf[];
}>;

/** More than these and the message is left as it is (row H07). */
const limits = { parts: 1_000, depth: 20, fieldsOfPart: 200, headerBytes: 128 * 1024 } as const;

/** The content of these is left as it is: a signature covers it, it is encrypted, or it is a message of its own. */
const sealedTypes =
  /^(?:multipart\/(?:signed|encrypted)|message\/.*|application\/(?:x-)?(?:pkcs7-(?:mime|signature)|pgp-(?:encrypted|signature|keys)))$/;

type Multipart = Readonly<{
  delimiter: string;
  branch: string;
  isAlternative: boolean;
  /** What a part is that does not say (RFC 2046, section 5.1.5). */
  defaultType: string;
  parts: { count: number };
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
  const sealed = { start: 0, bodyStart, end: raw.length, fields, type, branch: '', isSealed: true };
  return { fields, bodyStart, leaves: isWhole ? walk.leaves : [sealed] };
}

type Walk = { raw: string; stack: Multipart[]; leaves: Leaf[]; parts: number };

/** False where a limit was passed. */
function walkParts(walk: Walk, root: FieldBlock): boolean {
  const { raw, stack, leaves } = walk;
  let start = 0;
  let header: FieldBlock | undefined = root;
  let from = root.end;
  for (;;) {
    const leaf: Omit<Leaf, 'end'> | undefined = header && openPart(walk, start, header);
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

/** A multipart is put on the stack; anything else is a leaf. */
function openPart(
  { stack }: Walk,
  start: number,
  { fields, end, isDamaged }: FieldBlock,
): Omit<Leaf, 'end'> | undefined {
  const outer = stack.at(-1);
  const type = readMediaType(findValue(fields, 'content-type') ?? outer?.defaultType ?? 'text/plain');
  const branch = branchOf(outer);
  const boundary = type.parameters.get('boundary')?.trimEnd() ?? '';
  const isSealed = isDamaged || isAmbiguous(fields) || sealedTypes.test(type.value);
  const isMultipart = type.value.startsWith('multipart/');
  if (isMultipart && !isSealed && isBoundary(boundary)) {
    stack.push({
      ...{ delimiter: `--${boundary}`, branch, parts: { count: 0 } },
      isAlternative: type.value === 'multipart/alternative',
      defaultType: type.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain',
    });
    return undefined;
  }
  return { start, bodyStart: end, fields, type, branch, isSealed: isSealed || isMultipart };
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

/** Two of one kind: which of them a reader follows is anyone's guess. */
function isAmbiguous(fields: readonly Field[]): boolean {
  return ['content-type', 'content-transfer-encoding', 'content-disposition'].some(
    (name) => fields.filter((field) => field.name === name).length > 1,
  );
}
