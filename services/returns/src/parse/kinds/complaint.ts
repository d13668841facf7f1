import { decodeText } from '../mime/decode-text.ts';
import { fieldOf, type HeaderFields, parseHeaderFields, subjectOf } from '../mime/header-fields.ts';
import { allParts, headerBlockOf, type MimePart } from '../mime/mime-part.ts';
import type { Complaint } from '../report.ts';
import { addressOf } from './address.ts';

const embeddedTypes = ['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/rfc822-headers'];

/** Most addresses and ids that are looked at. */
const proofsMax = 10;

/** The field that Microsoft writes into a message that was complained about. */
const jmrpField = 'x-hmxmroriginalrecipient';
const jmrpSubject = /^complaint about message from /i;

/**
 * Reads a complaint; undefined if the message is none. Most come as a report (RFC 5965, section 3). Microsoft's Junk
 * Mail Reporting Program sends the message itself, attached, and marks it by a field of its own or by the subject
 * (sendersupport.olc.protection.outlook.com/snds, "Junk Mail Reporting Program").
 */
export function readComplaint(root: MimePart, parts: readonly MimePart[]): Complaint | undefined {
  const report = parts.find(({ type }) => type === 'message/feedback-report');
  const messages = embeddedHeaders(root);
  if (report) return toComplaint(root, parseHeaderFields(decodeText(report)), messages);
  const isMarked =
    jmrpSubject.test(subjectOf(root.fields)) || messages.some((fields) => fields.has(jmrpField));
  return isMarked && messages.length > 0
    ? toComplaint(root, new Map([['feedback-type', ['abuse']]]), messages)
    : undefined;
}

function embeddedHeaders(root: MimePart): HeaderFields[] {
  return allParts(root)
    .filter(({ type }) => embeddedTypes.includes(type))
    .map((part) => parseHeaderFields(headerBlockOf(decodeText(part).replace(/^\n+/, ''))));
}

/** Keeps whatever we may have signed: the return path that the receiving server wrote down, or our own fields. */
function toComplaint(root: MimePart, fields: HeaderFields, messages: readonly HeaderFields[]): Complaint {
  const userAgent = fieldOf(fields, 'user-agent').slice(0, 1_000);
  return {
    kind: 'complaint',
    feedbackType: /^[\w-]{1,40}/.exec(fieldOf(fields, 'feedback-type'))?.[0].toLowerCase() ?? 'other',
    ...(userAgent !== '' && { userAgent }),
    returnPaths: addressesIn([fields, ...messages], ['original-mail-from', 'return-path']),
    messages: messages.flatMap((message) => idsOf(message) ?? []).slice(0, proofsMax),
    addresses: addressesIn([fields, ...messages], ['original-rcpt-to', jmrpField]),
    signatures: root.fields.get('dkim-signature')?.length ?? 0,
  };
}

function addressesIn(headers: readonly HeaderFields[], names: readonly string[]): string[] {
  const values = headers.flatMap((fields) => names.flatMap((name) => fields.get(name) ?? []));
  const addresses = values.slice(0, proofsMax).map((value) => addressOf(value.slice(0, 1_000)));
  return [...new Set(addresses.filter((address) => address !== ''))];
}

/** The send's id, and the account that its MAC is checked with, from `X-Posthorn-MID` and `Feedback-ID`. */
function idsOf(fields: HeaderFields): Complaint['messages'][number] | undefined {
  const statusId = /^[0-9a-f-]{36}$/i.exec(fieldOf(fields, 'x-posthorn-mid'))?.[0];
  const accountId = /^\d{1,16}:(\d{1,10}):/.exec(fieldOf(fields, 'feedback-id'))?.[1];
  if (statusId === undefined || accountId === undefined) return undefined;
  return { statusId: statusId.toLowerCase(), accountId: Number(accountId) };
}
