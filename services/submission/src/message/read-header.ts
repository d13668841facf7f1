import { isAddressField, needsSmtpUtf8, readAddressList } from '@posthorn/mail';
import { refusals, SmtpRefusal } from '../smtp/smtp-refusal.ts';

/** A header field: its name in lower case, its value unfolded, decoded from UTF-8. */
export type Field = Readonly<{ name: string; value: string }>;

export type ReadHeader =
  | Readonly<{ kind: 'header'; fields: readonly Field[] }>
  | Readonly<{ kind: 'refused'; refusal: SmtpRefusal }>;

const headerBytesMax = 100_000;
const fieldsMax = 1_000;
/** RFC 5322, section 2.1.1. */
const lineBytesMax = 998;
const receivedMax = 50;

/** RFC 5322, section 3.6: at most one of each, and those that readers and filters decide by. */
const onceOnly = ['subject', 'date', 'message-id'];
const fieldName = /^[!-9;-~]+$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the header of a message and refuses one that others would read differently, or not at all (rows S12, S19).
 *
 * Text in UTF-8 is taken from every client, since all but an address's local part is encoded before it is signed; that needs
 * a client that asked for SMTPUTF8 (`isUtf8`). `raw` is a character a byte; it was found to have no bare CR or LF. A message without an empty line is all header.
 */
export function readHeader(raw: string, { isUtf8 }: { isUtf8: boolean }): ReadHeader {
  const front = raw.slice(0, headerBytesMax + 4);
  const end = front.startsWith('\r\n') ? 0 : front.indexOf('\r\n\r\n');
  if (end < 0 && raw.length > headerBytesMax) return refused(refusals.headerTooLarge());
  const lines = (end < 0 ? front.replace(/\r\n$/, '') : front.slice(0, end)).split('\r\n');
  if (lines.some((line) => line.length > lineBytesMax)) return refused(refusals.headerLineTooLong());

  const unfolded = unfold(lines);
  if (unfolded.length > fieldsMax) return refused(refusals.headerTooLarge());
  const fields: Field[] = [];
  for (const line of unfolded) {
    const field = fieldOf(line);
    if (field instanceof SmtpRefusal) return refused(field);
    fields.push(field);
  }
  const refusal = judge(fields) ?? (isUtf8 ? undefined : judgeAddresses(fields));
  return refusal ? refused(refusal) : { kind: 'header', fields };
}

/** The values of all fields of a name. */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

const refused = (refusal: SmtpRefusal): ReadHeader => ({ kind: 'refused', refusal });

function unfold(lines: readonly string[]): string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line) && unfolded.length > 0) unfolded.push(`${unfolded.pop()}${line}`);
    else if (line !== '') unfolded.push(line);
  }
  return unfolded;
}

function fieldOf(line: string): Field | SmtpRefusal {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon)).replace(/[ \t]+$/, '');
  if (!fieldName.test(name)) return refusals.headerSyntax();
  const value = decode(line.slice(colon + 1).trim());
  return value === undefined ? refusals.headerNotUtf8() : { name: name.toLowerCase(), value };
}

function decode(value: string): string | undefined {
  if (/^[\t -~]*$/.test(value)) return value;
  try {
    const text = utf8.decode(Buffer.from(value, 'latin1'));
    return /[\p{Cc}]/u.test(text.replaceAll('\t', ' ')) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A local part beyond ASCII has no encoded form: such mail needs SMTPUTF8 all the way (RFC 6531). */
function judgeAddresses(fields: readonly Field[]): SmtpRefusal | undefined {
  const lists = fields.filter(({ name, value }) => isAddressField(name) && /\P{ASCII}/u.test(value));
  const isNeeded = lists.some(({ value }) =>
    readAddressList(value).entries.some(({ mailbox }) => mailbox && needsSmtpUtf8(mailbox)),
  );
  return isNeeded ? refusals.headerAddressNotAscii() : undefined;
}

function judge(fields: readonly Field[]): SmtpRefusal | undefined {
  const counts = new Map<string, number>();
  for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1);
  const froms = counts.get('from') ?? 0;
  if (froms === 0) return refusals.fromMissing();
  if (froms > 1 || onceOnly.some((name) => (counts.get(name) ?? 0) > 1)) return refusals.repeatedField();
  return (counts.get('received') ?? 0) > receivedMax ? refusals.loop() : undefined;
}
