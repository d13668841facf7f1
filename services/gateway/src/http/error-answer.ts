import type { ErrorBody } from '@posthorn/contracts';
import { Fault, type FaultCode, faultStatus, type Logger } from '@posthorn/runtime';
import type { Answer } from './answer.ts';
import { Refusal } from './refusal.ts';

/** HubSpot's category for each Fault (facts: HubSpot, section 7; what HubSpot has no word for is named after it). */
const categories: Readonly<Record<FaultCode, string>> = {
  invalid_request: 'VALIDATION_ERROR',
  key_in_query: 'VALIDATION_ERROR',
  invalid_template: 'VALIDATION_ERROR',
  unprocessable: 'VALIDATION_ERROR',
  unauthenticated: 'INVALID_AUTHENTICATION',
  missing_scopes: 'MISSING_SCOPES',
  account_suspended: 'ACCOUNT_SUSPENDED',
  not_found: 'OBJECT_NOT_FOUND',
  method_not_allowed: 'METHOD_NOT_ALLOWED',
  conflict: 'CONFLICT',
  idempotency_key_reuse: 'CONFLICT',
  idempotency_in_progress: 'CONFLICT',
  too_large: 'PAYLOAD_TOO_LARGE',
  uri_too_long: 'URI_TOO_LONG',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  rate_limited: 'RATE_LIMITS',
  unavailable: 'SERVICE_UNAVAILABLE',
  misconfigured: 'INTERNAL_ERROR',
};

/**
 * Turns whatever was thrown into an answer: the one place that does.
 *
 * A Fault answers its own status. Anything else is a bug: 500, logged with its stack, and nothing of it is shown.
 */
export function errorAnswer(error: unknown, correlationId: string, log: Logger): Answer {
  const fault = faultOf(error);
  if (fault === null) {
    log.error({ err: error, correlationId }, 'request failed by a bug');
    return answerOf(500, { message: 'internal error', correlationId, category: 'INTERNAL_ERROR' });
  }
  if (faultStatus[fault.code] >= 500)
    log.warn({ code: fault.code, correlationId, err: fault }, 'request failed');

  const extras = fault instanceof Refusal ? fault.extras : {};
  const { headers, policyName, ...rest } = extras;
  const answer = answerOf(faultStatus[fault.code], {
    message: fault.message,
    correlationId,
    category: categories[fault.code],
    ...(policyName && { policyName, errorType: 'RATE_LIMIT' }),
    ...rest,
  });
  return { ...answer, headers: { ...headersFor(fault.code), ...headers } };
}

/** Express refuses a path it cannot decode with an error of its own, which carries its status (row A08). */
function faultOf(error: unknown): Fault | null {
  if (error instanceof Fault) return error;
  if (error instanceof URIError)
    return new Fault('invalid_request', 'The path is not valid percent-encoded UTF-8.');
  return null;
}

function headersFor(code: FaultCode): Record<string, string> {
  if (code === 'unavailable') return { 'retry-after': '2' };
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  return {};
}

function answerOf(status: number, body: Omit<ErrorBody, 'status'>): Answer {
  return { status, body: { status: 'error', ...body } satisfies ErrorBody };
}
