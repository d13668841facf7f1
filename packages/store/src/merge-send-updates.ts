import type { Event } from '@posthorn/contracts';
import { type SendUpdate, sendUpdateOf } from './send-update.ts';

/** One write to one send, and the events it carries. */
export type SendWrite = Readonly<{ events: readonly Event[]; update: SendUpdate }>;

/**
 * The writes for a bag: one a send where the updates of its events can be joined, which saves the server a document
 * read and written for each. Two that set the same embedded document stay apart: only the server compares those.
 */
export function mergeSendUpdates(events: readonly Event[]): SendWrite[] {
  const bySend = Map.groupBy(events, ({ statusId }) => statusId);
  return [...bySend.values()].flatMap((its) => its.reduce<SendWrite[]>(addEvent, []));
}

function addEvent(writes: SendWrite[], event: Event): SendWrite[] {
  const update = sendUpdateOf(event);
  const last = writes.at(-1);
  const merged = last && merge(last.update, update);
  if (!merged) return [...writes, { events: [event], update }];
  return [...writes.slice(0, -1), { events: [...last.events, event], update: merged }];
}

function merge(a: SendUpdate, b: SendUpdate): SendUpdate | null {
  const $min = mergeFields(a.$min, b.$min, Math.min);
  const $max = mergeFields(a.$max, b.$max, Math.max);
  return $min && $max && { $set: { ...a.$set, ...b.$set }, $min, $max };
}

/** Both sets of fields; numbers that meet are compared here. Null when two documents meet. */
function mergeFields(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
  choose: (x: number, y: number) => number,
): Record<string, unknown> | null {
  const merged = { ...a };
  for (const [field, value] of Object.entries(b)) {
    const other = merged[field];
    if (other === undefined) merged[field] = value;
    else if (typeof other === 'number' && typeof value === 'number') merged[field] = choose(other, value);
    else return null;
  }
  return merged;
}
