import type { Lane } from '@posthorn/contracts';
import { createGauges } from '@posthorn/runtime';
import { deadlineAfter } from './deadline.ts';
import { laneDepth } from './lane-depth.ts';
import type { RedisLink } from './redis-link.ts';

const gauges = createGauges({
  'posthorn.queue.lane_waiting_bags': { description: 'Bags that could be taken now', unit: '{bag}' },
  'posthorn.queue.lane_active_bags': { description: "Bags in a worker's hands", unit: '{bag}' },
  'posthorn.queue.lane_delayed_bags': { description: 'Bags that are due later', unit: '{bag}' },
  'posthorn.queue.lane_parked_items': { description: 'Items that wait for somebody to look', unit: '{item}' },
  'posthorn.queue.lane_oldest_waiting_ms': {
    description: 'How long the oldest waiting bag has been due',
    unit: 'ms',
  },
});

/** Longest a look at a lane may take; a collector does not wait for ever either. */
const lookTimeoutMs = 2_000;

/**
 * Reports a lane's depth whenever metrics are collected, until disposed. Every consumer of a lane reports the same, since
 * it is the lane's and not its own: take the maximum over processes, never the sum.
 */
export function reportLaneDepth(
  lane: Pick<Lane<unknown>, 'name'>,
  options: { redis: RedisLink; shards: number },
): Disposable {
  const attributes = { lane: lane.name };
  return gauges.observe(async (set) => {
    const depth = await deadlineAfter(lookTimeoutMs, laneDepth(lane, options));
    set('posthorn.queue.lane_waiting_bags', depth.waiting, attributes);
    set('posthorn.queue.lane_active_bags', depth.active, attributes);
    set('posthorn.queue.lane_delayed_bags', depth.delayed, attributes);
    set('posthorn.queue.lane_parked_items', depth.parked, attributes);
    set('posthorn.queue.lane_oldest_waiting_ms', depth.oldestWaitingMs, attributes);
  });
}
