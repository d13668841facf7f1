import type { ReplyClass } from './reply-class.ts';

/**
 * Puts replies in a class. A rule matches when all that it names does: one of `enhanced`, one of `codes`, one of `says`.
 * Rules are data; the first one of a list that matches counts.
 */
export type ReplyRule = Readonly<{
  /** Unique; shown with what came of it. */
  id: string;
  class: ReplyClass;
  /**
   * Enhanced codes (RFC 3463): `5.1.1`; `x.1.1` for a delay and a refusal alike; `5.7.606-649`; `x.7.*` for any detail.
   */
  enhanced?: readonly string[];
  /** The three digits. */
  codes?: readonly number[];
  /** Phrases in the text, one of which must occur; see `compilePhrase`. */
  says?: readonly string[];
  /** With `says`: words inside a link do not count. */
  ignoresLinks?: true;
  /** With a class that suspends: for how long, in minutes, where the reply itself does not say. */
  suspendMinutes?: number;
  comment?: string;
  /** Where this is documented: RFC, registry or the receiver's page. */
  source?: string;
}>;

const enhancedPattern = /^([245x])\.(\d{1,3})\.(?:(\*)|(\d{1,3})(?:-(\d{1,3}))?)$/;

/** The codes that a pattern stands for, `5.1.1` or `5.7.*`. Throws a RangeError when it is no pattern. */
export function enhancedCodesOf(pattern: string): string[] {
  const [match, digit = '', subject = '', any, first, last = first] = enhancedPattern.exec(pattern) ?? [];
  if (match === undefined) throw new RangeError(`not a pattern of enhanced codes: ${pattern}`);
  const classes = digit === 'x' ? ['4', '5'] : [digit];
  const details = any === undefined ? rangeOf(Number(first), Number(last)) : ['*'];
  return classes.flatMap((digitOfClass) => details.map((detail) => `${digitOfClass}.${subject}.${detail}`));
}

function rangeOf(first: number, last: number): string[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => String(first + index));
}
