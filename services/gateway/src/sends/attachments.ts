import type { Attachment, AttachmentInput, ErrorDetail } from '@posthorn/contracts';
import { sanitizeFileName } from '@posthorn/mail';

/** The files, or which of them are not base64. */
export type DecodedAttachments =
  | Readonly<{ kind: 'decoded'; attachments: Attachment[] }>
  | Readonly<{ kind: 'refused'; errors: ErrorDetail[] }>;

/** Decodes attachments from base64, strictly (row H06), and makes their names safe to save anywhere (row H05). */
export function decodeAttachments(inputs: readonly AttachmentInput[]): DecodedAttachments {
  const attachments: Attachment[] = [];
  const errors: ErrorDetail[] = [];
  for (const [index, { filename, contentType, contentId, content }] of inputs.entries()) {
    const bytes = decodeBase64(content);
    if (bytes === null) errors.push(junkAt(index));
    else
      attachments.push({
        filename: sanitizeFileName(filename),
        contentType,
        content: bytes.toString('latin1'),
        ...(contentId && { contentId }),
      });
  }
  return errors.length > 0 ? { kind: 'refused', errors } : { kind: 'decoded', attachments };
}

function junkAt(index: number): ErrorDetail {
  return {
    message: 'must be base64 (RFC 4648, section 4) without line breaks or other characters',
    code: 'INVALID_VALUE',
    in: `message.attachments.${index}.content`,
  };
}

/** Node's decoder skips what is no base64, so junk shows as fewer bytes than the characters stand for. */
function decodeBase64(text: string): Buffer | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  if (padding > 0 && text.length % 4 !== 0) return null;
  if (digits % 4 === 1 || text.includes('-') || text.includes('_')) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === Math.floor((digits * 3) / 4) ? bytes : null;
}
