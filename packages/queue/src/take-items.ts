import type { Lane } from '@posthorn/contracts';
import type { Logger } from '@posthorn/runtime';
import type { Bag } from './bag.ts';
import type { BlobStore } from './blob-store.ts';
import type { Taken } from './handler.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Settlement } from './settlement.ts';
import { park, retryAfter } from './verdict.ts';

export type TakenAt<Item> = Taken<Item> & { index: number };

/**
 * The open items of a bag, as the handler gets them.
 *
 * An item whose blob cannot be read now is sent round alone, one that does not fit the lane is parked, and a second
 * one with the same id is dropped, since ids are unique: none holds up its bag.
 */
export async function takeItems<Item>(
  {
    lane,
    bagId,
    bag,
    blobs,
    settlement,
    log,
  }: {
    lane: Lane<Item>;
    bagId: string;
    bag: Bag;
    blobs: BlobStore | undefined;
    settlement: Settlement;
    log: Logger;
  },
  crashes: number,
): Promise<TakenAt<Item>[]> {
  const taken = new Map<string, TakenAt<Item>>();

  async function take(index: number): Promise<void> {
    const entry = bag.e[index];
    if (!entry) return;
    const attempt = entry.a ?? 1;
    const raw = await readItem(entry, blobs).catch(() => missing);
    if (raw === missing)
      return settlement.settle(index, retryAfter(retryDelayMs(attempt), 'blob unavailable'));

    const parsed = lane.item.safeParse(raw);
    if (!parsed.success) {
      log.error({ lane: lane.name, bagId, index }, 'item parked, it does not fit its lane');
      return settlement.settle(index, park('does not fit its lane'));
    }
    const id = lane.idOf(parsed.data);
    if (taken.has(id)) return settlement.settle(index, { kind: 'done' });
    taken.set(id, {
      index,
      id,
      item: parsed.data,
      attempt,
      originBagId: entry.o ?? bagId,
      firstPostedAtMs: entry.t ?? bag.t,
      crashes: crashes + (entry.c ?? 0),
    });
  }

  await Promise.all([...settlement.open].map(take));
  return [...taken.values()];
}

const missing = Symbol('missing');

async function readItem(entry: Bag['e'][number], blobs: BlobStore | undefined): Promise<unknown> {
  if (entry.b === undefined) return entry.i;
  if (!blobs) throw new Error('no blob store');
  const bytes = await blobs.get(entry.b);
  return JSON.parse(bytes.toString());
}
