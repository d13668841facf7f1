import { z } from 'zod';

/**
 * W3C trace context of the request that caused an item, carried inside it so that one trace spans every stage.
 *
 * Source: https://www.w3.org/TR/trace-context/, section 3.2.
 */
export const TraceParent = z.string().max(64).optional();

/** A queue contract: what both ends of a lane agree on. */
export type Lane<Item> = Readonly<{
  /** Lower case, unique, part of every Redis key of the lane: `render`, `dispatch-default`, `events`. */
  name: string;
  item: z.ZodType<Item>;
  /** The item's own id, unique within the lane for as long as the item lives; marks and parking name it. */
  idOf: (item: Item) => string;
  /** The W3C `traceparent` inside the item, if it has one. */
  traceOf: (item: Item) => string | undefined;
}>;

/** Declares a lane. Items are parsed by its schema when posted and again when taken; unknown fields are dropped. */
export function defineLane<Item>(lane: {
  name: string;
  item: z.ZodType<Item>;
  idOf: (item: Item) => string;
  traceOf?: (item: Item) => string | undefined;
}): Lane<Item> {
  return Object.freeze({ traceOf: () => undefined, ...lane });
}
