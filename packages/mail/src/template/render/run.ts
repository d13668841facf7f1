import { LimitExceeded } from './missing.ts';
import { textLengthMax } from './text-filters.ts';

/** What a template may read. All three have no prototype, or only their own properties are read. */
export type RenderScope = Readonly<{
  contact: Readonly<Record<string, unknown>>;
  custom: Readonly<Record<string, unknown>>;
  account: Readonly<Record<string, unknown>>;
}>;

/** One rendering under way. */
export type Run = {
  readonly scope: RenderScope;
  /** What the template itself has set, and its loop variables; without a prototype. */
  readonly variables: Record<string, unknown>;
  readonly missing: Set<string>;
  out: string;
  steps: number;
};

/** Most steps (texts, outputs, tags, loop rounds) of one mail: a large receipt takes a few thousand (row T02). */
const stepsMax = 200_000;

export function newRun(scope: RenderScope, missing: Set<string>): Run {
  return { scope, variables: Object.create(null), missing, out: '', steps: 0 };
}

/** Counts one step. Throws LimitExceeded past the most steps, or when the mail has grown past 2 MiB. */
export function step(run: Run): void {
  run.steps += 1;
  if (run.steps > stepsMax || run.out.length > textLengthMax) throw new LimitExceeded();
}
