import type { WarmupResult } from '../warmup.ts';

/**
 * For tests: a large receiver. It takes what it is used to, half as much again as on the best of the last seven days
 * with mail, and defers what is above; on some days it is in a mood.
 */
export function createMoodyReceiver(moodOn: (day: number) => 'well' | 'deferring' | 'blocking') {
  const days = new Map<number, { seen: number; accepted: number }>();

  const usedTo = (day: number) => {
    const before = [...days].filter(([of]) => of < day).slice(-7);
    return Math.max(30, ...before.map(([, { accepted }]) => 1.5 * accepted));
  };

  return {
    answer(day: number): WarmupResult {
      const today = days.get(day) ?? { seen: 0, accepted: 0 };
      days.set(day, today);
      today.seen += 1;
      const mood = moodOn(day);
      if (mood === 'blocking' && today.seen % 5 === 0) return 'blocked';
      if (mood === 'deferring' && today.seen % 4 === 0) return 'deferred';
      if (today.accepted >= usedTo(day)) return 'deferred';
      today.accepted += 1;
      return 'accepted';
    },
    /** What it saw on a day, accepted or not. */
    seenOn: (day: number) => days.get(day)?.seen ?? 0,
  };
}
