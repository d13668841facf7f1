import { createDurationHistogram, Fault, isFault, withSpan } from '@posthorn/runtime';

/**
 * Runs one store call: in a span, within a time limit, with MongoDB's absence named.
 *
 * Throws `unavailable` when the server cannot be reached, stops answering or took longer than the limit (the call
 * may still have taken effect: every write here is safe to repeat). Other errors pass through unchanged.
 */
export type Guard = <T>(operation: string, work: () => Promise<T>, timeoutMs?: number) => Promise<T>;

/** Limit for recording a bag: hundreds of documents, and nobody waits for it who could do without. */
export const bagTimeoutMs = 10_000;

const recordDuration = createDurationHistogram('posthorn.store.call_ms', 'Durations of store calls');

export type GuardOptions = Readonly<{
  /** Whether a call has a chance now: not before the first connection was made, nor while MongoDB is known to be away. */
  isOpen: () => boolean;
  timeoutMs: number;
  /** Told of a call that found no server, or none that answered in time. */
  onAway?: (sign: 'lost' | 'slow') => void;
}>;

/** Makes a guard; where `isOpen` says no, calls fail at once. */
export function createGuard({ isOpen, timeoutMs, onAway }: GuardOptions): Guard {
  return async (operation, work, limitMs = timeoutMs) => {
    const startedMs = performance.now();
    return withSpan(`store ${operation}`, { kind: 'CLIENT' }, async () => {
      if (!isOpen()) throw unavailable(operation);
      try {
        return await within(limitMs, operation, work());
      } catch (error) {
        if (isAway(error) && !isBusy(error)) onAway?.('lost');
        if (isFault(error, 'unavailable')) onAway?.('slow');
        throw isAway(error) ? unavailable(operation, error) : error;
      } finally {
        recordDuration(performance.now() - startedMs, { operation });
      }
    });
  };
}

/** Errors of the driver that say "no server answered", not "the server refused" (MongoDB driver 7, `MongoError` names). */
const awayErrors = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoOperationTimeoutError',
  'MongoWriteConcernError',
  'MongooseServerSelectionError',
]);

/** Server codes for "not now": write conflict, interrupted, stepping down, shutting down, timed out (MongoDB error_codes.yml). */
const awayCodes = new Set([6, 7, 50, 64, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Whether the error means that the server is away rather than that it refused what was asked. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (awayErrors.has(error.name)) return true;
  if ('code' in error && isAwayCode(error.code)) return true;
  // A bulk write wraps what happened to the connection.
  return 'errorResponse' in error && error.errorResponse !== error && isAway(error.errorResponse);
}

/** Whether the call found no free connection: this process asks for much at once, and MongoDB is there. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoWaitQueueTimeoutError';
}

/** Whether a server's code says "not now" rather than "never". */
export function isAwayCode(code: unknown): boolean {
  return typeof code === 'number' && awayCodes.has(code);
}

function unavailable(operation: string, cause?: unknown): Fault {
  return new Fault('unavailable', 'The database is not available. Try again shortly.', { cause, operation });
}

async function within<T>(timeoutMs: number, operation: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(unavailable(operation, 'timed out')), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
