const firstMs = 1_000;
const maxMs = 60_000;

/** The wait before try `attempt + 1`: 1 s, doubled each time up to a minute, up to a fifth of it more at random. */
export function retryDelayMs(attempt: number): number {
  const delayMs = Math.min(firstMs * 2 ** (attempt - 1), maxMs);
  return Math.round(delayMs * (1 + Math.random() / 5));
}
