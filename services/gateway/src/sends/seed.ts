/**
 * What is decided of a call's sends before anything is posted, so that a repeat after a crash posts the very same
 * sends again: their ids and the moment they count as accepted.
 */
export type Seed = Readonly<{
  acceptedAtMs: number;
  /** One for each send, in order. */
  statusIds: readonly string[];
  /** Names the call to the renderer, which claims it once for each send; absent without an idempotency key. */
  requestKey?: string | undefined;
}>;
