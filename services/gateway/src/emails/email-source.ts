import { EmailContent, EmailFrom, type ErrorDetail } from '@posthorn/contracts';
import { parseMailbox } from '@posthorn/mail';
import type { EmailDraft } from '@posthorn/store';
import type { EmailSource, TemplateProblem } from './compile-email.ts';
import { emailHtmlOf, previewTextField, previewTextOf } from './email-html.ts';

/** A draft read for publishing: what is compiled, who it is from, and how to name its places to the author. */
export type ReadDraft = Readonly<{
  source: EmailSource;
  fromAddress: string;
  replyTo: string | undefined;
  /** What is wrong with it before it is compiled. */
  errors: ErrorDetail[];
  errorOf: (problem: TemplateProblem) => ErrorDetail;
}>;

const missing = (field: string, what: string): ErrorDetail => ({
  message: `is required to publish: ${what}`,
  code: 'REQUIRED_FIELD',
  in: field,
});

/** Reads a draft for publishing. */
export function readDraft(draft: EmailDraft): ReadDraft {
  const content = EmailContent.parse(draft['content'] ?? {});
  const from = EmailFrom.parse(draft['from'] ?? {});
  const subject = typeof draft['subject'] === 'string' ? draft['subject'] : '';
  const html = emailHtmlOf(content);
  const fromAddress = addressOf(from.replyTo, 'from.replyTo');
  const replyTo = from.customReplyTo ? addressOf(from.customReplyTo, 'from.customReplyTo') : undefined;

  return {
    source: {
      subject,
      previewText: previewTextOf(content),
      fromName: from.fromName ?? '',
      html: html.html,
      ...(content.plainTextVersion && { plainText: content.plainTextVersion }),
    },
    fromAddress: fromAddress.address,
    replyTo: replyTo?.address,
    errors: [
      ...(subject.trim() === '' ? [missing('subject', 'the subject')] : []),
      ...(html.html.trim() === ''
        ? [missing('content', 'HTML in `content.html` or in `content.widgets`')]
        : []),
      ...fromAddress.errors,
      ...(replyTo?.errors ?? []),
    ],
    errorOf: (problem) => errorOf(problem, html.fieldAt),
  };
}

function addressOf(
  text: string | null | undefined,
  field: string,
): { address: string; errors: ErrorDetail[] } {
  if (!text) return { address: '', errors: [missing(field, 'the From address')] };
  const parsed = parseMailbox(text);
  if (parsed.kind === 'mailbox' && parsed.mailbox.name === '')
    return { address: parsed.mailbox.address, errors: [] };
  const error = { message: 'must be one address, local@domain', code: 'INVALID_EMAIL', in: field };
  return { address: '', errors: [error] };
}

const fields: Readonly<Record<string, string>> = {
  subject: 'subject',
  previewText: previewTextField,
  fromName: 'from.fromName',
  plainText: 'content.plainTextVersion',
  text: 'content.plainTextVersion',
};

/** HubSpot's error detail has no line and column of its own; its context is a map of lists of text. */
function errorOf(
  { field, line, column, message }: TemplateProblem,
  htmlFieldAt: (line: number) => { field: string; line: number },
): ErrorDetail {
  const place = field === 'html' ? htmlFieldAt(line) : { field: fields[field] ?? field, line };
  return {
    message: `${message} (line ${place.line}, column ${column})`,
    code: 'INVALID_TEMPLATE',
    in: place.field,
    context: { field: [place.field], line: [String(place.line)], column: [String(column)] },
  };
}
