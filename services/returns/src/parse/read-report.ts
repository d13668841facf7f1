import { autoReplyReasonOf } from './kinds/auto-reply.ts';
import { readComplaint } from './kinds/complaint.ts';
import { allParts, type MimePart, parseMime } from './mime/mime-part.ts';
import { parseParameters } from './mime/parameters.ts';
import { OverLimit } from './parse-limits.ts';
import { readStatus } from './read-status.ts';
import type { ReadTask, Report } from './report.ts';

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
    return toReport(parseMime(raw), reportSenders.test(mailFrom));
  } catch (error) {
    if (error instanceof OverLimit) return { kind: 'unparsed', reason: error.message };
    throw error;
  }
}

function toReport(root: MimePart, isFromServer: boolean): Report {
  const parts = allParts(root);
  const complaint = readComplaint(root, parts);
  if (complaint) return complaint;
  if (parts.some(({ type }) => dispositionTypes.includes(type)))
    return { kind: 'auto-reply', reason: 'disposition' };

  const reason = autoReplyReasonOf(root.fields);
  const status = readStatus(root, parts, reason);
  if (status) return isFromServer ? status : { kind: 'auto-reply', reason: 'sender-not-null' };
  if (reason) return { kind: 'auto-reply', reason };
  return isFromServer
    ? { kind: 'unparsed', reason: describeForm(root) }
    : { kind: 'auto-reply', reason: 'sender-not-null' };
}

function describeForm({ type, contentType }: MimePart): string {
  const reportType = parseParameters(contentType).get('report-type')?.toLowerCase() ?? 'none';
  return `unknown form (${type.slice(0, 60)}, report type ${reportType.slice(0, 40)})`.replace(
    /[^\x20-\x7e]/g,
    '?',
  );
}
