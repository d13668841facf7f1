import { Fault, isFault } from '@posthorn/runtime';

const firstMs = 1_000;
const maxMs = 60_000;
/** What was away is back all at once, and then nothing should wait for a minute: a look costs little. */
const awayMaxMs = 5_000;

/**
 * The wait before try `attempt + 1`: 1 s, doubled each time up to a minute, up to a fifth of it more at random. Up to five
 * seconds only, where `error` says that what the work needs is away.
 */
export function retryDelayMs(attempt: number, error?: unknown): number {
  const longestMs = isFault(error, 'unavailable') ? awayMaxMs : maxMs;
  const delayMs = Math.min(firstMs * 2 ** (attempt - 1), longestMs);
  return Math.round(delayMs * (1 + Math.random() / 5));
}

/** What is left of a failure for Redis, where BullMQ keeps it and no recipient may be read: whether something is away. */
export function withoutWords(error: unknown): Error {
  return isFault(error, 'unavailable')
    ? new Fault('unavailable', 'The bag waits for what is away.')
    : new Error('The bag failed.');
}
