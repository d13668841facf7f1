import { readAddressList } from '../address/address-list.ts';
import type { Mailbox } from '../address/mailbox.ts';
import { maxMailboxLength } from '../address/parse-mailbox.ts';
import { cutText } from '../header/cut-text.ts';
import { type Field, fieldValue, findValue, headerMax, readFields } from './fields.ts';
import { decodeEncodedWords, decodeHeaderBytes, decodeHeaderText } from './header-words.ts';

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

/** A subject of 1 MB is cut, between characters as people see them: never inside an emoji. */
const shownMax = 1_000;

/** Reads the header of a message: a character a byte (latin1), CRLF line ends. Linear; never throws. */
export function readSubmittedHeader(raw: string): SubmittedHeader {
  const { fields, end, isTooLong } = readFields(raw.slice(0, headerMax.bytes), {
    fieldsMax: headerMax.fields,
  });
  const shown = (text: string): string => cutText(decodeHeaderText(text), shownMax);
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
  const [entry, ...more] = readAddressList(text).entries;
  if (!entry?.mailbox || more.length > 0) return null;
  return { ...entry.mailbox, name: decodeEncodedWords(entry.mailbox.name) };
}

function trackWishOf(value: string | undefined): TrackWish | 'invalid' | undefined {
  if (value === undefined) return undefined;
  const wish = value.toLowerCase();
  return wish === 'none' || wish === 'opens' || wish === 'clicks' || wish === 'all' ? wish : 'invalid';
}
