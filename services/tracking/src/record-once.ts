import type { Event } from '@posthorn/contracts';
import { createCounter } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';

const countRepeated = createCounter(
  'posthorn.tracking.hits_repeated',
  'Opens and clicks that repeated one of the same minute and were not recorded again',
);

/**
 * Returns a `record` that passes each event id on once. Hits of one link within one window share their id, so a link that
 * is asked for again and again costs nothing but its answer.
 *
 * Remembers `idsMax` ids. What it forgot, or what came to another process, is recorded once all the same, by its id.
 */
export function recordOnce(
  record: (event: Event) => Promise<void>,
  { idsMax = 20_000 }: { idsMax?: number } = {},
): (event: Event) => Promise<void> {
  const recorded = new LRUCache<string, Promise<void>>({ max: idsMax });

  return (event) => {
    const first = recorded.get(event.id);
    if (first) {
      countRepeated(1, { type: event.type });
      return first;
    }
    const recording = record(event);
    recorded.set(event.id, recording);
    return recording;
  };
}
