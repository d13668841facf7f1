import { createHash } from 'node:crypto';
import { type DispatchItem, deliveryIdOf } from '@posthorn/contracts';
import { type DkimSigner, formatDate, formatField, renditionOf } from '@posthorn/mail';
import type { Reporter, TlsReport } from './tls-report.ts';

export type ReportMailOptions = Readonly<{
  to: string;
  from: string;
  accountId: number;
  signers: readonly DkimSigner[];
  atMs: number;
  expiresAtMs: number;
}>;

/** There is no email behind a report; a lane's items have one. */
const noEmailId = 1;

/**
 * Makes the mail that brings a report (RFC 8460, section 5.3), as the dispatch lane takes it. Made again for the same
 * report and address it has the same ids.
 *
 * Its envelope sender is its author: a null one is for notifications alone (RFC 5321, section 4.5.5).
 */
export function reportMailOf(
  report: TlsReport,
  { domain: submitter }: Pick<Reporter, 'domain'>,
  { to, from, accountId, signers, atMs, expiresAtMs }: ReportMailOptions,
): DispatchItem {
  const statusId = uuidOf(`${report.id} ${to}`);
  const boundary = `=_${statusId}`;
  const headers = [
    `From: <${from}>\r\n`,
    `To: <${to}>\r\n`,
    formatField(
      'Subject',
      `Report Domain: ${report.domain} Submitter: ${submitter} Report-ID: <${report.id}>`,
    ),
    `Date: ${formatDate(atMs)}\r\n`,
    `Message-ID: <${statusId}@${submitter}>\r\n`,
    `TLS-Report-Domain: ${report.domain}\r\n`,
    `TLS-Report-Submitter: ${submitter}\r\n`,
    'Auto-Submitted: auto-generated\r\n',
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type="tlsrpt";\r\n boundary="${boundary}"\r\n`,
  ].join('');
  return {
    ...{ id: `${statusId}-u`, statusId, accountId, emailId: noEmailId, acceptedAtMs: atMs, returnPath: from },
    recipients: [{ deliveryId: deliveryIdOf(statusId, 0), address: to }],
    rendition: renditionOf({ headers, body: bodyOf(report, boundary, submitter) }, signers, atMs),
    ...{ smtpUtf8: false, expiresAtMs, onAmbiguous: 'retry', purpose: 'tls-report' },
  };
}

function bodyOf({ domain, fileName, gzipped }: TlsReport, boundary: string, submitter: string): string {
  return [
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    'Content-Language: en',
    '',
    `This is the TLS report of ${submitter} for ${domain}`,
    '(RFC 8460). The attachment is JSON, compressed with gzip.',
    `--${boundary}`,
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment;',
    ` filename="${fileName}"`,
    '',
    (gzipped.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n'),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}

/** A UUID of version 8 (RFC 9562, section 5.8) that the text makes. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
