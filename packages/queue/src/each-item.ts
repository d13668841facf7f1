import type { BagContext, BagHandler, Taken } from './handler.ts';
import type { Verdict } from './verdict.ts';

/**
 * Makes a bag handler that handles items side by side, at most `concurrency` at once, and settles each as it ends.
 *
 * When one throws, the others still end; then the bag goes round again with the items that are not settled. Once
 * the signal aborts, no further item is begun.
 */
export function eachItem<Item>(
  handle: (taken: Taken<Item>, ctx: BagContext) => Promise<Verdict>,
  { concurrency }: { concurrency: number },
): BagHandler<Item> {
  return async (items, ctx) => {
    const queue = items.values();
    const errors: unknown[] = [];

    async function work(): Promise<void> {
      for (const taken of queue) {
        if (ctx.signal.aborted) return;
        try {
          await ctx.settle(taken.id, await handle(taken, ctx));
        } catch (error) {
          errors.push(error);
        }
      }
    }

    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} items of the bag failed`);
  };
}
