import { createHash } from 'node:crypto';
import { headerFields } from './header-scan.ts';
import type { MailPart, ParsedContent } from './parsed-mail.ts';
import {
  bccOf,
  fromOf,
  type MailPeek,
  mailboxesOf,
  messageIdOf,
  type StoredMail,
  subjectOf,
} from './stored-mail.ts';

/** A message in a list, in the shape of Mailpit's `MessageSummary`. */
export function toSummary(mail: StoredMail, peek: MailPeek) {
  return {
    ID: mail.id,
    MessageID: messageIdOf(mail),
    Read: mail.isRead,
    From: fromOf(mail),
    To: mailboxesOf(mail, 'to'),
    Cc: mailboxesOf(mail, 'cc'),
    Bcc: bccOf(mail),
    ReplyTo: mailboxesOf(mail, 'reply-to'),
    Subject: subjectOf(mail),
    Created: new Date(mail.receivedAtMs).toISOString(),
    Username: '',
    Tags: [],
    Size: mail.place.sizeBytes,
    Attachments: peek.attachments,
    Snippet: peek.snippet,
  };
}

/** One message with its content, in the shape of Mailpit's `Message`. */
export function toMessage(mail: StoredMail, raw: Buffer, content: ParsedContent) {
  return {
    ID: mail.id,
    MessageID: messageIdOf(mail),
    From: fromOf(mail),
    To: mailboxesOf(mail, 'to'),
    Cc: mailboxesOf(mail, 'cc'),
    Bcc: bccOf(mail),
    ReplyTo: mailboxesOf(mail, 'reply-to'),
    ReturnPath: mail.mailFrom,
    Subject: subjectOf(mail),
    ListUnsubscribe: toListUnsubscribe(raw),
    Date: (content.date ?? new Date(mail.receivedAtMs)).toISOString(),
    Tags: [],
    Username: '',
    Text: content.text,
    HTML: content.html,
    Size: mail.place.sizeBytes,
    Inline: content.parts.filter((part) => part.isInline).map(toAttachment),
    Attachments: content.parts.filter((part) => !part.isInline).map(toAttachment),
  };
}

/** All header fields by name, each with its values in order; names in Go's canonical case, as Mailpit has them. */
export function toHeaders(raw: Buffer): Record<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const { name, value } of headerFields(raw)) {
    const key = name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return Object.fromEntries([...headers].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function toAttachment({ partId, filename, contentType, contentId, content }: MailPart) {
  const hash = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
  return {
    PartID: partId,
    FileName: filename || contentId,
    ContentType: contentType,
    ContentID: contentId,
    Size: content.length,
    Checksums: { MD5: hash('md5'), SHA1: hash('sha1'), SHA256: hash('sha256') },
  };
}

/** What List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058) say, and what is wrong with it. */
function toListUnsubscribe(raw: Buffer) {
  const headers = toHeaders(raw);
  const header = headers['List-Unsubscribe']?.join(', ') ?? '';
  const links = [...header.matchAll(/<\s*([^>\s]+)\s*>/g)].map(([, link = '']) => link);
  const isKnown = (link: string) => /^(https?:\/\/|mailto:)/i.test(link);
  const errors = header && !links.some(isKnown) ? 'No mailto: or http(s) link found' : '';
  const post = headers['List-Unsubscribe-Post']?.[0] ?? '';
  return { Header: header, Links: links.filter(isKnown), Errors: errors, HeaderPost: post };
}
