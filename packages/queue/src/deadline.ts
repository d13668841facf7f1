import { Fault } from '@posthorn/runtime';

/** Settles as `work` does, or rejects with an `unavailable` Fault after `timeoutMs`; `work` then goes on unheard. */
export async function deadlineAfter<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Fault('unavailable', 'The queue did not answer in time.', { timeoutMs })),
    Math.max(0, timeoutMs),
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
