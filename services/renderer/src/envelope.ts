import type { SendItem } from '@posthorn/contracts';
import {
  addressKeyOf,
  isContentId,
  isRoleAddress,
  type Mailbox,
  needsSmtpUtf8,
  parseMailbox,
} from '@posthorn/mail';
import { type Drop, drop } from './outcome.ts';

/** A send's addresses, parsed: what its headers show and who gets it. */
export type Envelope = Readonly<{
  kind: 'envelope';
  to: Mailbox;
  cc: readonly Mailbox[];
  replyTo: readonly Mailbox[];
  /** The From that the request asks for; else the email's own is used. */
  from: Mailbox | undefined;
  /** Addresses of Cc and Bcc that get a copy, none twice and not the To address again. */
  copies: readonly string[];
  smtpUtf8: boolean;
}>;

/** Most addresses in Cc and Bcc together. */
const copiesMax = 100;

/** Parses the addresses of a send, or says why it must not leave. The To address must be a person's (HubSpot's role list). */
export function envelopeOf(item: SendItem): Envelope | Drop {
  if (item.cc.length + item.bcc.length > copiesMax) {
    return drop('TOO_MANY_RECIPIENTS', `cc and bcc may hold ${copiesMax} addresses together.`);
  }
  const to = mailboxOf(item.to);
  if (!to) return drop('INVALID_TO_ADDRESS', 'to is not an email address.');
  if (isRoleAddress(to)) return drop('INVALID_TO_ADDRESS', 'to is a role address, not a person’s.');
  const from = item.from === undefined ? undefined : mailboxOf(item.from);
  if (item.from !== undefined && !from) return drop('INVALID_FROM_ADDRESS', 'from is not an email address.');
  const [cc, bcc, replyTo] = [item.cc, item.bcc, item.replyTo].map(mailboxesOf);
  if (!cc || !bcc) return drop('INVALID_TO_ADDRESS', 'cc or bcc holds something that is no email address.');
  if (!replyTo) return drop('VALIDATION_FAILED', 'replyTo holds something that is no email address.');
  if (!item.attachments.every(({ contentId }) => contentId === undefined || isContentId(contentId))) {
    return drop('CORRUPT_INPUT', 'An attachment’s contentId holds characters that it must not.');
  }
  const smtpUtf8 = [to, ...cc, ...bcc, ...replyTo, ...(from ? [from] : [])].some(needsSmtpUtf8);
  return { kind: 'envelope', to, cc, replyTo, from, copies: copiesOf(to, [...cc, ...bcc]), smtpUtf8 };
}

/** Parses one mailbox; undefined where it is none. */
export function mailboxOf(text: string): Mailbox | undefined {
  const parsed = parseMailbox(text);
  return parsed.kind === 'mailbox' ? parsed.mailbox : undefined;
}

function mailboxesOf(texts: readonly string[]): Mailbox[] | undefined {
  const mailboxes = texts.map(mailboxOf);
  return mailboxes.every((mailbox) => mailbox !== undefined) ? mailboxes : undefined;
}

function copiesOf(to: Mailbox, others: readonly Mailbox[]): string[] {
  const seen = new Set([addressKeyOf(to)]);
  return others
    .filter((other) => seen.size < seen.add(addressKeyOf(other)).size)
    .map(({ address }) => address);
}
