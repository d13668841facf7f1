import { type ErrorDetail, SingleSendRequest } from '@posthorn/contracts';
import { errorsOf } from '../http/parse-input.ts';
import { tooLarge } from '../http/request-body.ts';
import type { ValidSend } from './accept-sends.ts';
import { decodeAttachments } from './attachments.ts';

/** A send that may be accepted, or why not. */
export type ValidatedSend =
  | Readonly<{ kind: 'valid'; send: ValidSend }>
  | Readonly<{ kind: 'refused'; errors: ErrorDetail[] }>;

/** Holds one send of a call against the schema; `prefix` is its place in the body (`sends.3`), for the errors. */
export function validateSend(input: unknown, index: number, prefix = ''): ValidatedSend {
  const parsed = SingleSendRequest.safeParse(input);
  if (!parsed.success) return { kind: 'refused', errors: errorsOf(parsed.error, prefix) };
  return withAttachments(parsed.data, index, prefix);
}

/** Decodes what the request carries. */
export function withAttachments(request: SingleSendRequest, index = 0, prefix = ''): ValidatedSend {
  const inputs = request.message.attachments;
  if (!inputs?.length) return { kind: 'valid', send: { index, request, attachments: [] } };
  const decoded = decodeAttachments(inputs);
  if (decoded.kind === 'decoded')
    return { kind: 'valid', send: { index, request, attachments: decoded.attachments } };
  const errors = decoded.errors.map((error) => (prefix ? { ...error, in: `${prefix}.${error.in}` } : error));
  return { kind: 'refused', errors };
}

/** Throws 413 for a body of more than `bytesMax` that carries no attachments: only those may make it larger. */
export function requireRoomFor(bytes: Buffer, sends: readonly ValidSend[], bytesMax: number): void {
  if (bytes.length > bytesMax && !sends.some(({ attachments }) => attachments.length > 0))
    throw tooLarge(bytesMax);
}
