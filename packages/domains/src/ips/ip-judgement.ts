/** What a look at one condition of an address came to; messages say what to do. */
export type IpJudgement =
  | Readonly<{ kind: 'passed'; message?: string }>
  /** `found` is what was there, or who says so. */
  | Readonly<{ kind: 'failing'; message: string; found?: readonly string[] }>
  /** It could not be asked: nothing is known, and nothing changes. */
  | Readonly<{ kind: 'unknown'; reason: string }>;

/** The conditions of an address, in the order in which they are shown. */
export const ipCheckNames = ['bound', 'ptr', 'ehlo', 'spf', 'blocklists'] as const;
export type IpCheckName = (typeof ipCheckNames)[number];

const namedMax = 5;

/** Some names for a sentence: the first five, and how many more. */
export function namesOf(names: readonly string[]): string {
  const more = names.length - namedMax;
  const named = names.slice(0, namedMax).join(', ');
  return more > 0 ? `${named} and ${more} more` : named;
}
