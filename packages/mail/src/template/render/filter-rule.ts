/**
 * What a filter does. Pure, and bounded: its result's length is checked by the caller.
 *
 * A filter that is not lenient never sees a Missing: the value that is missing passes through it unchanged.
 */
export type FilterRule = Readonly<{
  apply: (input: unknown, ...args: readonly unknown[]) => unknown;
  isLenient: boolean;
}>;

export function strict(apply: FilterRule['apply']): FilterRule {
  return { apply, isLenient: false };
}

export function lenient(apply: FilterRule['apply']): FilterRule {
  return { apply, isLenient: true };
}
