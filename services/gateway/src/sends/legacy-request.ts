import type { ErrorDetail, LegacySingleSendRequest, SingleSendRequest } from '@posthorn/contracts';

/** The request in v3's words, or what is wrong with it. */
export type LegacyRead =
  | Readonly<{ kind: 'read'; request: SingleSendRequest }>
  | Readonly<{ kind: 'refused'; errors: ErrorDetail[] }>;

/** The same send in the words of the v3 API. A property named twice is refused, as a key given twice would be. */
export function requestOfLegacy({
  emailId,
  message,
  contactProperties,
  customProperties,
}: LegacySingleSendRequest): LegacyRead {
  const errors = [
    ...repeated(contactProperties ?? [], 'contactProperties'),
    ...repeated(customProperties ?? [], 'customProperties'),
  ];
  if (errors.length > 0) return { kind: 'refused', errors };

  const { replyTo, replyToList, ...others } = message;
  const request = {
    emailId,
    message: { ...others, replyTo: [...(replyTo ? [replyTo] : []), ...(replyToList ?? [])] },
    contactProperties: mapOf(contactProperties ?? []),
    customProperties: mapOf(customProperties ?? []),
  };
  return { kind: 'read', request };
}

type NameValue<Value> = Readonly<{ name: string; value: Value }>;

function mapOf<Value>(pairs: readonly NameValue<Value>[]): Record<string, Value> {
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

function repeated(pairs: readonly NameValue<unknown>[], field: string): ErrorDetail[] {
  const seen = new Set<string>();
  return pairs.flatMap(({ name }, index) => {
    const isNew = !seen.has(name) && !['__proto__', 'constructor', 'prototype'].includes(name);
    seen.add(name);
    return isNew
      ? []
      : [{ message: 'is given twice or not allowed', code: 'INVALID_VALUE', in: `${field}.${index}.name` }];
  });
}
