/** Every way the system refuses or fails, by name. A code, once released, keeps its meaning and its HTTP status. */
export const faultStatus = {
  invalid_request: 400,
  key_in_query: 400,
  unauthenticated: 401,
  missing_scopes: 403,
  account_suspended: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_key_reuse: 409,
  idempotency_in_progress: 409,
  too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  invalid_template: 422,
  unprocessable: 422,
  rate_limited: 429,
  unavailable: 503,
  /** A service refuses to start or to go on because of how it, Redis or MongoDB is set up. */
  misconfigured: 500,
} as const;

export type FaultCode = keyof typeof faultStatus;

/**
 * An error we expected and can name.
 *
 * `message` is for the caller and may leave the system; `detail` and `cause` are for the log and must not.
 * Anything thrown that is not a Fault is a bug, and answers 500.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    code: FaultCode,
    message: string,
    { cause, ...detail }: { cause?: unknown; [key: string]: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.detail = detail;
  }
}

/** Whether `error` is a Fault, of `code` where one is given. */
export function isFault(error: unknown, code?: FaultCode): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}
