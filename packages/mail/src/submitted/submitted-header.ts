import type { Mailbox } from '../address/mailbox.ts';
import { maxMailboxLength, parseMailbox } from '../address/parse-mailbox.ts';
import { type Field, fieldValue, findValue, headerMax, readFields } from './fields.ts';
import { decodeHeaderBytes, decodeHeaderText } from './header-words.ts';

/** What `X-Posthorn-Track` asks for; tracking that the account has turned off stays off whatever it says. */
export type TrackWish = 'none' | 'opens' | 'clicks' | 'all';

/** What is read of a submitted message's header before anything is done with the message. */
export type SubmittedHeader = Readonly<{
  /** More than 1 MiB or 10,000 fields: no mail, and `readSubmitted` takes none such. */
  isTooLong: boolean;
  /** The one From mailbox, its name decoded; null where there is none, more than one, or one that is no address. */
  from: Mailbox | null;
  /** Decoded; at most 1,000 characters. Empty where there is none. */
  subject: string;
  replyTo: string | undefined;
  /** Of all Cc fields, decoded. */
  cc: string;
  /** Absent: whatever the account tracks. `invalid`: it says none of the four words. */
  track: TrackWish | 'invalid' | undefined;
}>;

/** A subject of 1 MB is cut where it is shown. */
const shownMax = 1_000;

/** Reads the header of a message: a character a byte (latin1), CRLF line ends. Linear; never throws. */
export function readSubmittedHeader(raw: string): SubmittedHeader {
  const { fields, end, isTooLong } = readFields(raw.slice(0, headerMax.bytes), {
    fieldsMax: headerMax.fields,
  });
  const shown = (text: string): string => decodeHeaderText(text).slice(0, shownMax);
  const replyTo = findValue(fields, 'reply-to');
  const ccs = fields.filter(({ name }) => name === 'cc').map(fieldValue);
  return {
    isTooLong: isTooLong || end >= headerMax.bytes,
    from: fromOf(fields),
    subject: shown(findValue(fields, 'subject') ?? ''),
    replyTo: replyTo === undefined ? undefined : shown(replyTo),
    cc: decodeHeaderBytes(ccs.join(', ')),
    track: trackWishOf(findValue(fields, 'x-posthorn-track')),
  };
}

function fromOf(fields: readonly Field[]): Mailbox | null {
  const [value, ...others] = fields.filter(({ name }) => name === 'from').map(fieldValue);
  if (value === undefined || others.length > 0) return null;
  const text = decodeHeaderBytes(value);
  if (text.length > maxMailboxLength) return null;
  const strict = parseMailbox(text);
  const parsed = strict.kind === 'mailbox' ? strict : parseMailbox(asMailbox(text));
  if (parsed.kind !== 'mailbox') return null;
  return { ...parsed.mailbox, name: decodeHeaderText(parsed.mailbox.name) };
}

/**
 * What old mail programs write, as a mailbox: `cron@x (Cron Daemon)`, `info@x <info@x>`, a group of one (RFC 5322,
 * section 3.4). Whose mail it is, is the address in the brackets or the only one there is; the name is for show.
 */
function asMailbox(text: string): string {
  const comment = /\(([^()]*)\)/.exec(text)?.[1]?.trim() ?? '';
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/\([^()]*\)/g, '');
  const single = bare.replace(/^[^:<>@]*:([^;]*);?\s*$/, '$1').trim();
  const [, bracketed] = /^[^<>,]*<([^<>]*)>$/.exec(single) ?? [];
  const name =
    /^\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? single.slice(0, Math.max(0, single.indexOf('<'))).trim();
  const shown = (name || comment).replace(/["\\]/g, '');
  return shown === '' ? `<${bracketed ?? single}>` : `"${shown}" <${bracketed ?? single}>`;
}

function trackWishOf(value: string | undefined): TrackWish | 'invalid' | undefined {
  if (value === undefined) return undefined;
  const wish = value.toLowerCase();
  return wish === 'none' || wish === 'opens' || wish === 'clicks' || wish === 'all' ? wish : 'invalid';
}
