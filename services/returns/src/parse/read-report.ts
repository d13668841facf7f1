import { autoReplyReasonOf } from './kinds/auto-reply.ts';
import { readComplaint } from './kinds/complaint.ts';
import { fieldOf } from './mime/header-fields.ts';
import { allParts, headerBlockOf, type MimePart, parseMime } from './mime/mime-part.ts';
import { parseParameters } from './mime/parameters.ts';
import { OverLimit } from './parse-limits.ts';
import { readStatus } from './read-status.ts';
import type { ReadTask, Report } from './report.ts';
import { isSignedByServer } from './text/server-notice.ts';

const dispositionTypes = ['message/disposition-notification', 'message/global-disposition-notification'];

/**
 * Envelope senders of reports: the null sender (RFC 3464, section 2), and what servers use that break this rule. Our
 * signature in the address proves which delivery it is about, and neither name is a person's.
 */
const reportSenders = /^(?:|(?:postmaster|mailer-daemon)(?:@.*)?)$/i;

/**
 * Says what a message that came back is. Pure, never throws, and believes nothing: who is concerned and whether it is
 * true is decided by whoever knows what we sent.
 *
 * Complaints come first, since they say of themselves what they are. Reports of delivery come before automatic
 * answers, since servers mark reports as those too. A report from anybody but a server is no report (row S21).
 */
export function readReport({ raw, mailFrom }: ReadTask): Report {
  try {
    return toReport(parseMime(withPlainLineEnds(raw)), reportSenders.test(mailFrom));
  } catch (error) {
    if (error instanceof OverLimit) return { kind: 'unparsed', reason: error.message };
    throw error;
  }
}

/** Gateways double the CR of a line end, or leave CR alone. */
function withPlainLineEnds(raw: string): string {
  return raw.includes('\n') ? raw.replace(/\r{1,3}\n/g, '\n') : raw.replaceAll('\r', '\n');
}

function toReport(root: MimePart, isFromServer: boolean): Report {
  const parts = allParts(root);
  const complaint = readComplaint(root, parts);
  if (complaint) return complaint;
  if (parts.some(({ type }) => dispositionTypes.includes(type)) && !isRejection(root))
    return { kind: 'auto-reply', reason: 'disposition' };

  const reason = autoReplyReasonOf(root.fields);
  const outer = readStatus(root, parts, reason);
  const status = outer && namesRecipient(outer) ? outer : (readWrapped(root) ?? outer);
  if (status) return isFromServer ? status : { kind: 'auto-reply', reason: 'sender-not-null' };
  if (reason) return { kind: 'auto-reply', reason };
  return isFromServer
    ? { kind: 'unparsed', reason: describeForm(root) }
    : { kind: 'auto-reply', reason: 'sender-not-null' };
}

function namesRecipient(report: Report): boolean {
  return report.kind === 'status' && report.recipients.some(({ addresses }) => addresses.length > 0);
}

/** A scanner may put a report into a message of its own. Opened once, and only if a server signed the outer one. */
function readWrapped(root: MimePart): Report | undefined {
  if (!isSignedByServer(root.fields)) return undefined;
  const inner = root.parts.find(
    ({ type, body }) =>
      type === 'message/rfc822' && /^content-type:\s{0,5}multipart\/report/im.test(headerBlockOf(body)),
  );
  if (!inner) return undefined;
  const opened = parseMime(inner.body.replace(/^\s+/, ''));
  return readStatus(opened, allParts(opened), undefined);
}

/** Sieve's `reject` refuses a message by a disposition notification (RFC 5429, section 2.1; Dovecot). */
function isRejection({ fields }: MimePart): boolean {
  return /\brejected\b/i.test(fieldOf(fields, 'auto-submitted')) && isSignedByServer(fields);
}

function describeForm({ type, contentType }: MimePart): string {
  const reportType = parseParameters(contentType).get('report-type')?.toLowerCase() ?? 'none';
  return `unknown form (${type.slice(0, 60)}, report type ${reportType.slice(0, 40)})`.replace(
    /[^\x20-\x7e]/g,
    '?',
  );
}
