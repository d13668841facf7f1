import { formatMailboxes } from '../address/format-mailbox.ts';
import type { Mailbox } from '../address/mailbox.ts';
import { formatDate } from '../header/date.ts';
import { findHeaderProblem, formatField, type HeaderField, isOwnName } from '../header/header-field.ts';
import { boundarySeedOf, type Entity, multipartEntity, textEntity } from './entity.ts';

/** The parts of a name and address that a header shows. */
export type HeaderMailbox = Pick<Mailbox, 'name' | 'address'>;

export type MessageInput = Readonly<{
  from: HeaderMailbox;
  to: readonly HeaderMailbox[];
  cc?: readonly HeaderMailbox[];
  replyTo?: readonly HeaderMailbox[];
  subject: string;
  /** One of `html` and `text` may be missing or empty; a message with neither has an empty text. */
  html?: string;
  text?: string;
  /** From `inlineImageEntity`; without `html` they are attachments. */
  inlineImages?: readonly Entity[];
  /** From `attachmentEntity`. */
  attachments?: readonly Entity[];
  /** Further fields, each clean by `findHeaderProblem`, or `X-Posthorn-…` of our own. Bcc has no field: it lives in the envelope alone. */
  headers?: readonly HeaderField[];
  /** `local@domain`, without angle brackets; see `messageIdOf`. */
  messageId: string;
  /** Unix time in milliseconds for the Date field. */
  dateMs: number;
  /** Makes the boundaries: the statusId, so that the same send always has the same bytes. */
  boundarySeed: string;
}>;

/** A message in two parts, a character a byte (latin1), CRLF line ends, no line longer than 998 bytes. */
export type ComposedMessage = Readonly<{
  /** Every field with its CRLF, without the empty line behind the last one. */
  headers: string;
  body: string;
}>;

/**
 * Writes a message: multipart/mixed{ related{ alternative{ text, html }, inline images }, attachments }, only
 * as deep as needed (RFC 2046, RFC 2387).
 *
 * The same input gives the same bytes. No value can add a field or a line: CR, LF, NUL and other controls are
 * removed on the way (row H01). Throws TypeError for a header name or message id that was not checked.
 */
export function composeMessage(message: MessageInput): ComposedMessage {
  const entity = contentOf(message);
  const fields = [
    addressField('From', [message.from]),
    addressField('To', message.to),
    addressField('Cc', message.cc),
    addressField('Reply-To', message.replyTo),
    formatField('Subject', message.subject),
    `Date: ${formatDate(message.dateMs)}\r\n`,
    `Message-ID: <${checkedMessageId(message.messageId)}>\r\n`,
    ...(message.headers ?? []).map(extraField),
    'MIME-Version: 1.0\r\n',
    entity.fields,
  ];
  return { headers: toBytes(fields.join('')), body: entity.body };
}

/** The Message-ID of a send: `<statusId>@<domain>`, the same in every attempt and rendition. */
export function messageIdOf(statusId: string, domain: string): string {
  return `${statusId}@${domain}`;
}

function contentOf({ html, text, inlineImages = [], attachments = [], boundarySeed }: MessageInput): Entity {
  const seed = boundarySeedOf(boundarySeed);
  const hasHtml = html !== undefined && html !== '';
  const hasText = (text !== undefined && text !== '') || !hasHtml;
  const alternatives = [
    ...(hasText ? [textEntity('plain', text ?? '')] : []),
    ...(hasHtml ? [textEntity('html', html)] : []),
  ];
  const alternative = multipartEntity('alternative', alternatives, seed);
  if (!hasHtml) return multipartEntity('mixed', [alternative, ...inlineImages, ...attachments], seed);

  const related = multipartEntity('related', [alternative, ...inlineImages], seed);
  return multipartEntity('mixed', [related, ...attachments], seed);
}

function addressField(name: string, mailboxes: readonly HeaderMailbox[] = []): string {
  return mailboxes.length === 0 ? '' : `${name}: ${formatMailboxes(mailboxes, name.length + 2)}\r\n`;
}

/** The gateway refuses such headers with 422; one that comes this far is a bug, and must not leave. */
function extraField(field: HeaderField): string {
  const problem = findHeaderProblem(field);
  const isOurs = problem === 'name_reserved' && isOwnName(field.name);
  if (problem !== null && !isOurs) throw new TypeError(`header refused: ${problem}`);
  return formatField(field.name, field.value);
}

function checkedMessageId(messageId: string): string {
  if (/^[!-;=?A-~]{1,200}@[\w.-]{1,255}$/.test(messageId)) return messageId;
  throw new TypeError('messageId must be local@domain in ASCII');
}

/** Only a non-ASCII local part (RFC 6532) puts other than ASCII into the fields. */
function toBytes(fields: string): string {
  return Buffer.byteLength(fields) === fields.length ? fields : Buffer.from(fields).toString('latin1');
}
