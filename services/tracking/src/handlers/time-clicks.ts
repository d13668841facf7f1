import { deliveryIdOf, type EventOf, type EventsItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import type { Clock } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';
import { tooSoonMs } from '../machines/machine-verdict.ts';

/** How long a click waits for the record of its delivery. */
export const waitForDeliveryMs = 10_000;

export type TimeClicksDeps = Readonly<{
  sends: Pick<Store['sends'], 'findDelivered'>;
  clock: Clock;
}>;

export type TimedItems = Readonly<{
  /** Items to record now, clicks with their final verdict. */
  ready: readonly Taken<EventsItem>[];
  /** Ids of clicks whose delivery is not recorded yet. */
  waiting: readonly string[];
}>;

/**
 * Finds out which clicks of a bag came too soon after the delivery to be a person's, however long the mail waited before.
 *
 * A click may overtake the report of its delivery. It waits then, for at most `waitForDeliveryMs` after it happened, and is
 * recorded with the verdict that it has. Seen again, a click gets the same verdict, since a delivery keeps its time.
 */
export async function timeClicks(
  items: readonly Taken<EventsItem>[],
  { sends, clock }: TimeClicksDeps,
): Promise<TimedItems> {
  const clicks = items.flatMap(({ item }) => (isPersonsClick(item) ? [item] : []));
  if (clicks.length === 0) return { ready: items, waiting: [] };

  const delivered = await sends.findDelivered(clicks);
  for (const { item } of items) noteDelivery(item, delivered);
  const ready: Taken<EventsItem>[] = [];
  const waiting: string[] = [];
  for (const taken of items) {
    const { item } = taken;
    const deliveredAtMs = isPersonsClick(item) ? delivered.get(item.statusId) : undefined;
    if (!isPersonsClick(item)) ready.push(taken);
    else if (deliveredAtMs !== undefined) ready.push({ ...taken, item: judged(item, deliveredAtMs) });
    else if (clock.nowMs() - item.atMs < waitForDeliveryMs) waiting.push(taken.id);
    else ready.push(taken);
  }
  return { ready, waiting };
}

/** A delivery in the same bag is not recorded yet. */
function noteDelivery(item: EventsItem, delivered: Map<string, number>): void {
  if (item.type !== 'DELIVERED' || item.deliveryId !== deliveryIdOf(item.statusId, 0)) return;
  delivered.set(item.statusId, Math.min(item.atMs, delivered.get(item.statusId) ?? item.atMs));
}

function judged(click: EventOf<'CLICK'>, deliveredAtMs: number): EventOf<'CLICK'> {
  if (click.atMs - deliveredAtMs >= tooSoonMs) return click;
  return { ...click, verdict: { machine: true, reason: 'too-soon' } };
}

function isPersonsClick(item: EventsItem): item is EventOf<'CLICK'> {
  return item.type === 'CLICK' && !item.verdict.machine;
}
