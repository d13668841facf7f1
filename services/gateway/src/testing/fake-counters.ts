import { addCounts, type Counts, dayMs, type PeriodCounts } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';

/** For tests: counters whose hours the test fills; `answer` throws while MongoDB is to be away. */
export function createFakeCounters(answer: <T>(value: T) => T) {
  const hours: (PeriodCounts & { accountId: number })[] = [];
  const hourly: ApiDeps['store']['counters']['hourly'] = async ({ accountId, emailIds, fromMs, toMs }) =>
    answer(hours).filter(
      (hour) =>
        hour.accountId === accountId &&
        (emailIds?.includes(hour.emailId) ?? true) &&
        hour.startMs >= fromMs &&
        hour.startMs < toMs,
    );
  const daily: typeof hourly = async (query) => {
    const days = new Map<number, PeriodCounts>();
    for (const { emailId, startMs, counts } of await hourly(query)) {
      const dayStartMs = startMs - (startMs % dayMs);
      const day = days.get(dayStartMs) ?? { emailId, startMs: dayStartMs, counts: {} };
      addCounts(day.counts, counts);
      days.set(dayStartMs, day);
    }
    return [...days.values()];
  };
  const putCounts = (accountId: number, emailId: number, startMs: number, counts: Counts) =>
    void hours.push({ accountId, emailId, startMs, counts });
  return { counters: { hourly, daily }, putCounts };
}
