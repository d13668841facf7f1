import type { ErrorDetail } from '@posthorn/contracts';
import { Fault, type FaultCode } from '@posthorn/runtime';

/** What of a refusal, beside its message, is for the caller; `Fault.detail` stays for the log. */
export type RefusalExtras = Readonly<{
  errors?: ErrorDetail[];
  subCategory?: string;
  links?: Record<string, string>;
  /** The limit that was met (HubSpot's name of it). */
  policyName?: string;
  headers?: Readonly<Record<string, string>>;
}>;

/** A Fault that tells the caller more than one sentence. */
export class Refusal extends Fault {
  readonly extras: RefusalExtras;

  constructor(code: FaultCode, message: string, extras: RefusalExtras) {
    super(code, message);
    this.extras = extras;
  }
}

/** A 400 that names each field that is wrong; the message repeats the first, for clients that show only that. */
export function invalidInput(errors: ErrorDetail[]): Refusal {
  const [first] = errors;
  const where = first?.in ? `${first.in}: ` : '';
  return new Refusal('invalid_request', `Invalid input: ${where}${first?.message ?? 'not usable'}`, {
    errors,
  });
}
