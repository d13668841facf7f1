import { setInterval } from 'node:timers/promises';
import type { Redis } from '@posthorn/queue';
import type { Logger } from '@posthorn/runtime';
import type { TokenBook } from './token-book.ts';

/** A counter that goes up, and a channel that names the token, whenever one was reset or deleted. */
export const noticesName = 'ph:smtp-tokens:changed';

export type TokenNoticesOptions = Readonly<{
  /** A connection for commands; the counter is read over it. */
  redis: Redis;
  /** Opens a further connection, which listens. */
  open: () => Redis;
  book: Pick<TokenBook, 'forget' | 'doubtAll'>;
  log: Logger;
  /** How often the counter is read: it tells of notices that were missed. */
  pollMs?: number;
}>;

/**
 * Hears which tokens were changed, so that a reset or a deletion counts here within a second.
 *
 * The channel is fast and may miss some, while a connection is made again; the counter misses none and does not say
 * which. Disposing it closes its connection.
 */
export function listenForTokens({
  redis,
  open,
  book,
  log,
  pollMs = 500,
}: TokenNoticesOptions): AsyncDisposable {
  const listener = open();
  listener.on('error', () => {});
  listener.on('message', (_channel: string, id: string) => book.forget(id));
  // A command before the connection is ready would be lost; subscribing again changes nothing.
  const subscribe = () =>
    listener.subscribe(noticesName).catch(() => log.warn('token notices wait for redis'));
  listener.on('ready', subscribe);
  if (listener.status === 'ready') void subscribe();

  const stop = new AbortController();
  const polling = poll({ redis, book, pollMs, signal: stop.signal });
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await polling;
      listener.disconnect();
    },
  };
}

type Polling = Pick<TokenNoticesOptions, 'redis' | 'book'> &
  Readonly<{ pollMs: number; signal: AbortSignal }>;

async function poll({ redis, book, pollMs, signal }: Polling): Promise<void> {
  let seen = await redis.get(noticesName).catch(() => undefined);
  try {
    for await (const _ of setInterval(pollMs, undefined, { signal })) {
      // Away: nothing is accepted then, and the next answer tells.
      const count = await redis.get(noticesName).catch(() => undefined);
      if (count === undefined || count === seen) continue;
      seen = count;
      book.doubtAll();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
