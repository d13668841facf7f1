import type { StatisticsInterval, StatisticsQuery } from '@posthorn/contracts';
import { dayMs, hourMs } from '@posthorn/store';
import { invalidInput } from '../http/refusal.ts';

/** Whole intervals of UTC, from the first millisecond of one to that after the last of another. */
export type StatisticsRange = Readonly<{
  fromMs: number;
  toMs: number;
  interval: StatisticsInterval;
  /** Length of one interval. */
  stepMs: number;
}>;

const stepsMs = { hour: hourMs, day: dayMs } as const;
/** A month by hours, a leap year and a bit by days: an answer stays below a megabyte. */
const intervalsMax = { hour: 31 * 24, day: 400 } as const;
const defaultLengthMs = { hour: dayMs, day: 30 * dayMs } as const;

/** The range that is asked for, widened to whole intervals. Throws a 400 for one that ends before it begins, or is too long. */
export function statisticsRangeOf(query: StatisticsQuery, nowMs: number): StatisticsRange {
  const { interval = 'day' } = query;
  const stepMs = stepsMs[interval];
  const toAskedMs = query.to === undefined ? nowMs : Date.parse(query.to);
  const fromAskedMs =
    query.from === undefined ? toAskedMs - defaultLengthMs[interval] : Date.parse(query.from);
  if (fromAskedMs >= toAskedMs) throw refusal('must be before `to`');

  const fromMs = Math.floor(fromAskedMs / stepMs) * stepMs;
  const toMs = Math.ceil(toAskedMs / stepMs) * stepMs;
  const max = intervalsMax[interval];
  if ((toMs - fromMs) / stepMs > max) throw refusal(`must be at most ${max} ${interval}s before \`to\``);
  return { fromMs, toMs, interval, stepMs };
}

/** The first millisecond of every interval of a range. */
export function startsOf({ fromMs, toMs, stepMs }: StatisticsRange): number[] {
  return Array.from({ length: (toMs - fromMs) / stepMs }, (_, index) => fromMs + index * stepMs);
}

function refusal(message: string) {
  return invalidInput([{ message, code: 'INVALID_VALUE', in: 'from' }]);
}
