import type { Postbox } from '@posthorn/queue';
import { Fault, type HealthCheck } from '@posthorn/runtime';

/** A postbox that may come later: until then posting fails at once, as while Redis is away. */
export type LatePostbox<Item> = Readonly<{
  post: (item: Item) => Promise<void>;
  open: (postbox: Postbox<Item>) => void;
  healthCheck: HealthCheck;
}>;

/** Lets the service answer from its first moment, also where Redis is not there yet (row F08). */
export function createLatePostbox<Item>(): LatePostbox<Item> {
  let postbox: Postbox<Item> | undefined;
  return {
    post: async (item) => {
      if (!postbox) throw new Fault('unavailable', 'The queue is not open yet.');
      await postbox.post(item);
    },
    open: (opened) => {
      postbox = opened;
    },
    healthCheck: async () =>
      postbox ? postbox.isHealthy()() : { ok: false, reason: 'Redis was not reached yet' },
  };
}
