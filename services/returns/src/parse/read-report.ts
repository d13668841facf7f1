import { autoReplyReasonOf } from './auto-reply.ts';
import { complaintOf } from './complaint.ts';
import { decodeText, textOfHtml } from './decode-text.ts';
import { recipientsOf } from './delivery-status.ts';
import { statusOfText } from './free-text.ts';
import { parameterOf } from './header-fields.ts';
import { allParts, type MimePart, parseMime } from './mime-part.ts';
import { OverLimit } from './parse-limits.ts';
import type { ReadTask, Report } from './report.ts';

const statusTypes = ['message/delivery-status', 'message/global-delivery-status'];
const dispositionTypes = ['message/disposition-notification', 'message/global-disposition-notification'];

/**
 * Says what a message that came back is. Pure, never throws, and believes nothing: who is concerned and whether it is
 * true is decided by whoever knows what we sent.
 *
 * A complaint comes first, since its report type is its own; then reports of delivery, formal before free text, since
 * servers mark those as automatic answers too; automatic answers last. A report from anybody but the null sender is no
 * report (RFC 3464, section 2; row S21).
 */
export function readReport({ raw, mailFrom }: ReadTask): Report {
  try {
    return reportOf(parseMime(raw), mailFrom === '');
  } catch (error) {
    if (error instanceof OverLimit) return { kind: 'unparsed', reason: error.message };
    throw error;
  }
}

function reportOf(root: MimePart, isNullSender: boolean): Report {
  const parts = allParts(root);
  const feedback = parts.find(({ type }) => type === 'message/feedback-report');
  if (feedback) return complaintOf(root, feedback);
  if (parts.some(({ type }) => dispositionTypes.includes(type)))
    return { kind: 'auto-reply', reason: 'disposition' };

  const status = statusReportOf(root, parts);
  if (status) return isNullSender ? status : { kind: 'auto-reply', reason: 'sender-not-null' };

  const reason = autoReplyReasonOf(root.fields);
  if (reason) return { kind: 'auto-reply', reason };
  return isNullSender
    ? { kind: 'unparsed', reason: unknownFormOf(root) }
    : { kind: 'auto-reply', reason: 'sender-not-null' };
}

function statusReportOf(root: MimePart, parts: readonly MimePart[]): Report | undefined {
  const formal = parts
    .filter(({ type }) => statusTypes.includes(type))
    .flatMap((part) => recipientsOf(decodeText(part)));
  if (formal.length > 0) return { kind: 'status', form: 'dsn', recipients: formal };
  const status = statusOfText(firstText(parts), root.fields);
  return status && { kind: 'status', form: 'text', recipients: [status] };
}

/** The first text that is not empty; a page only where there is no plain text. */
function firstText(parts: readonly MimePart[]): string {
  const plain = parts.filter(({ type }) => type === 'text/plain').map(decodeText);
  const found = plain.find((text) => text.trim() !== '');
  if (found !== undefined) return found;
  const page = parts.find(({ type }) => type === 'text/html');
  return page ? textOfHtml(decodeText(page)) : '';
}

function unknownFormOf({ type, contentType }: MimePart): string {
  const reportType = parameterOf(contentType, 'report-type')?.toLowerCase() ?? 'none';
  return `unknown form (${type.slice(0, 60)}, report type ${reportType.slice(0, 40)})`.replace(
    /[^\x20-\x7e]/g,
    '?',
  );
}
