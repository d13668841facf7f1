import { decodeText } from './decode-text.ts';
import { addressOf } from './delivery-status.ts';
import { fieldOf, type HeaderFields, parseHeaderFields } from './header-fields.ts';
import { allParts, headerBlockOf, type MimePart } from './mime-part.ts';
import type { Complaint } from './report.ts';

const embeddedTypes = ['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/rfc822-headers'];

/** Most addresses and ids that are looked at. */
const proofsMax = 10;

/**
 * Reads a complaint (RFC 5965, section 3): what kind it is, and whatever in it we may have signed, which is the return
 * path that the receiving server wrote into the message or the report, or our own fields of the message.
 */
export function complaintOf(root: MimePart, report: MimePart): Complaint {
  const fields = parseHeaderFields(decodeText(report));
  const messages = allParts(root)
    .filter(({ type }) => embeddedTypes.includes(type))
    .map((part) => parseHeaderFields(headerBlockOf(decodeText(part).replace(/^\n+/, ''))));
  const userAgent = fieldOf(fields, 'user-agent').slice(0, 1_000);
  return {
    kind: 'complaint',
    feedbackType: /^[\w-]{1,40}/.exec(fieldOf(fields, 'feedback-type'))?.[0].toLowerCase() ?? 'other',
    ...(userAgent !== '' && { userAgent }),
    returnPaths: addressesIn([fields, ...messages], ['original-mail-from', 'return-path']),
    messages: messages.flatMap((message) => idsOf(message) ?? []).slice(0, proofsMax),
    addresses: addressesIn([fields], ['original-rcpt-to']),
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
