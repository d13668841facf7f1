/** One header field as it came: `text` is name, colon and value with its folds, without the last CRLF. */
export type Field = Readonly<{ name: string; text: string }>;

export type FieldBlock = Readonly<{
  fields: readonly Field[];
  /** Where the body begins: behind the empty line. */
  end: number;
  /** Lines that are no fields were left out: without a colon, with a blank in the name. */
  isDamaged: boolean;
  /** There are more fields than were asked for; `end` is where reading stopped. */
  isTooLong: boolean;
}>;

/** Longest header of a message that is read; submission refuses a tenth of it. */
export const headerMax = { fields: 10_000, bytes: 1024 * 1024 } as const;

const fieldName = /^([!-9;-~]{1,100})[ \t]*:/;

/**
 * Reads the header at `start` of a message or part, at most `fieldsMax` fields of it: a character a byte, CRLF line ends.
 * Linear; never throws.
 *
 * It ends at the empty line, or where `isEnd` says so of a line's first position (a boundary in a part without body).
 */
export function readFields(
  raw: string,
  {
    start = 0,
    fieldsMax,
    isEnd = () => false,
  }: { start?: number; fieldsMax: number; isEnd?: (lineStart: number) => boolean },
): FieldBlock {
  const fields: Field[] = [];
  let isDamaged = false;
  let at = start;
  while (at < raw.length) {
    if (raw.startsWith('\r\n', at)) return { fields, end: at + 2, isDamaged, isTooLong: false };
    if (isEnd(at)) break;
    if (fields.length === fieldsMax) return { fields, end: at, isDamaged, isTooLong: true };
    const end = endOfField(raw, at);
    const text = raw.slice(at, end);
    const name = fieldName.exec(text.slice(0, 110))?.[1]?.toLowerCase();
    if (name === undefined) isDamaged = true;
    else fields.push({ name, text });
    at = end + 2;
  }
  return { fields, end: Math.min(at, raw.length), isDamaged, isTooLong: false };
}

/** The value of a field in one line, as it stands: nothing is decoded. */
export function fieldValue({ text }: Field): string {
  return text
    .slice(text.indexOf(':') + 1)
    .replaceAll('\r\n', '')
    .trim();
}

/** The value of the first field of this name; the name in lower case. */
export function findValue(fields: readonly Field[], name: string): string | undefined {
  const field = fields.find((candidate) => candidate.name === name);
  return field && fieldValue(field);
}

/** A line that begins with a blank goes on with the one before (RFC 5322, section 2.2.3). */
function endOfField(raw: string, start: number): number {
  let end = raw.indexOf('\r\n', start);
  while (end !== -1 && (raw[end + 2] === ' ' || raw[end + 2] === '\t')) end = raw.indexOf('\r\n', end + 2);
  return end === -1 ? raw.length : end;
}
