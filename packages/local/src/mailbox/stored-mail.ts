import { decodeHeader, headerFields, type Mailbox, parseMailboxes } from './header-scan.ts';
import type { Place } from './mail-log.ts';

/** The header fields a list shows and a search looks at, unfolded and not decoded; empty where the message has none. */
type ListedHeaders = {
  from: string;
  to: string;
  cc: string;
  bcc: string;
  'reply-to': string;
  subject: string;
  'message-id': string;
};

/** Characters of one header kept in the index: room for a thousand recipients. */
const headerLengthMax = 65_536;

/** What the index holds of one message. Bodies stay in the log. */
export type StoredMail = Readonly<{
  id: string;
  receivedAtMs: number;
  mailFrom: string;
  rcptTo: readonly string[];
  headers: Readonly<ListedHeaders>;
  place: Place;
}> & { isRead: boolean; peek: MailPeek | null };

/** What a list shows of a body: made when it is first asked for, then kept. */
export type MailPeek = Readonly<{ snippet: string; attachments: number }>;

/** Scans a message's headers for the index. The first field of a name counts. */
export function scanListedHeaders(raw: Buffer): ListedHeaders {
  const found: Partial<ListedHeaders> = {};
  for (const { name, value } of headerFields(raw)) {
    const key = name.toLowerCase();
    if (isListed(key)) found[key] ??= value.slice(0, headerLengthMax);
  }
  return { from: '', to: '', cc: '', bcc: '', 'reply-to': '', subject: '', 'message-id': '', ...found };
}

/** The decoded subject. */
export function subjectOf(mail: StoredMail): string {
  return decodeHeader(mail.headers.subject);
}

/** The author; the envelope's sender where the header names none. */
export function fromOf(mail: StoredMail): Mailbox {
  return parseMailboxes(mail.headers.from)[0] ?? { Name: '', Address: mail.mailFrom };
}

/** The mailboxes of one address header. */
export function mailboxesOf(mail: StoredMail, header: 'to' | 'cc' | 'reply-to'): Mailbox[] {
  return parseMailboxes(mail.headers[header]);
}

/** Who got it without being named: the Bcc header, and the envelope's recipients that no header names. */
export function bccOf(mail: StoredMail): Mailbox[] {
  const { to, cc, bcc } = mail.headers;
  const listed = parseMailboxes(bcc);
  const named = new Set(
    [...parseMailboxes(to), ...parseMailboxes(cc), ...listed].map(({ Address }) => Address.toLowerCase()),
  );
  const unnamed = mail.rcptTo.filter((address) => !named.has(address.toLowerCase()));
  return [...listed, ...unnamed.map((Address) => ({ Name: '', Address }))];
}

/** The Message-ID without its angle brackets. */
export function messageIdOf(mail: StoredMail): string {
  return mail.headers['message-id'].replace(/^<|>$/g, '');
}

function isListed(key: string): key is keyof ListedHeaders {
  switch (key) {
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'reply-to':
    case 'subject':
    case 'message-id':
      return true;
    default:
      return false;
  }
}
