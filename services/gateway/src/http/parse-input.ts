import type { ErrorDetail } from '@posthorn/contracts';
import type { z } from 'zod';
import { invalidInput } from './refusal.ts';

/** Most mistakes told at once: enough to be useful, and a bound on the answer. */
const errorsMax = 20;

/** The input as the schema has it. Throws a 400 that names every field that is wrong (rows A02, A03). */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidInput(errorsOf(parsed.error));
}

/** HubSpot's error details for what zod found; `prefix` is where the input stood in the request. */
export function errorsOf(error: z.ZodError, prefix = ''): ErrorDetail[] {
  return error.issues
    .flatMap(detailsOf)
    .slice(0, errorsMax)
    .map((detail) => withPrefix(detail, prefix));
}

function withPrefix(detail: ErrorDetail, prefix: string): ErrorDetail {
  if (prefix === '') return detail;
  return { ...detail, in: detail.in ? `${prefix}.${detail.in}` : prefix };
}

function detailsOf(issue: z.core.$ZodIssue): ErrorDetail[] {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') {
    const field = path === '' ? {} : { in: path };
    return [{ message: messageOf(issue), code: codeOf(issue), ...field }];
  }
  return issue.keys.map((key) => {
    const field = path === '' ? key : `${path}.${key}`;
    return {
      message: `"${key.slice(0, 100)}" is not a known field`,
      code: 'UNKNOWN_FIELD',
      in: field.slice(0, 300),
    };
  });
}

/** Zod says a missing field in its message only. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

function messageOf(issue: z.core.$ZodIssue): string {
  return isMissing(issue) ? 'is required' : issue.message.replace(/^Invalid input: /, '');
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return isMissing(issue) ? 'REQUIRED_FIELD' : 'INVALID_TYPE';
  if (issue.code === 'too_big') return 'TOO_LONG';
  if (issue.code === 'too_small') return 'TOO_SHORT';
  return 'INVALID_VALUE';
}
