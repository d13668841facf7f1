import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { EventsItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import { createFakeClock } from '@posthorn/runtime';
import { anEvent, withTestStore } from '@posthorn/testing';
import { timeClicks, waitForDeliveryMs } from './time-clicks.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

const deliveredAtMs = Date.UTC(2026, 0, 6, 10, 30);

for (const { sinceMs, verdict } of [
  { sinceMs: -200, verdict: { machine: true, reason: 'too-soon' } },
  { sinceMs: 1_000, verdict: { machine: true, reason: 'too-soon' } },
  { sinceMs: 1_999, verdict: { machine: true, reason: 'too-soon' } },
  { sinceMs: 2_000, verdict: { machine: false, reason: 'none' } },
  { sinceMs: 600_000, verdict: { machine: false, reason: 'none' } },
]) {
  test(`a click ${sinceMs} ms after a delivery that took ten minutes is ${verdict.machine ? "a machine's" : "a person's"}`, async () => {
    const { statusId, time } = await setUp({ isDelivered: true });

    const { ready, waiting } = await time([aClick(statusId, deliveredAtMs + sinceMs)]);

    assert.deepEqual(verdictsOf(ready), [verdict]);
    assert.deepEqual(waiting, []);
  });
}

test('a delivery in the same bag counts, and a machine’s click keeps its reason', async () => {
  const { statusId, time } = await setUp({ isDelivered: false });
  const burst = anEvent('CLICK', {
    statusId,
    atMs: deliveredAtMs + 100,
    verdict: { machine: true, reason: 'burst' },
  });

  const { ready } = await time([
    aClick(statusId, deliveredAtMs + 900),
    anEvent('DELIVERED', { statusId, deliveryId: `${statusId}:0`, atMs: deliveredAtMs }),
    burst,
  ]);

  assert.deepEqual(verdictsOf(ready), [
    { machine: true, reason: 'too-soon' },
    { machine: true, reason: 'burst' },
  ]);
});

test('a delivery of a copy says nothing about the To recipient’s click', async () => {
  const { statusId, time } = await setUp({ isDelivered: false });

  const { waiting } = await time([
    aClick(statusId, deliveredAtMs + 900),
    anEvent('DELIVERED', { statusId, deliveryId: `${statusId}:1`, atMs: deliveredAtMs }),
  ]);

  assert.equal(waiting.length, 1);
});

test('a click that overtook the report of its delivery waits for it, and for no longer than ten seconds', async () => {
  const { statusId, time, clock } = await setUp({ isDelivered: false });
  const click = aClick(statusId, deliveredAtMs + 900);

  const early = await time([click]);
  clock.advance(waitForDeliveryMs);
  const late = await time([click]);

  assert.deepEqual([early.ready.length, early.waiting], [0, [click.id]]);
  assert.deepEqual(verdictsOf(late.ready), [{ machine: false, reason: 'none' }]);
});

test('another account’s send of the same id is not looked at', async () => {
  const { statusId, time } = await setUp({ isDelivered: true });

  const { waiting } = await time([{ ...aClick(statusId, deliveredAtMs + 900), accountId: 20_000_099 }]);

  assert.equal(waiting.length, 1);
});

function aClick(statusId: string, atMs: number) {
  return anEvent('CLICK', { statusId, atMs, verdict: { machine: false, reason: 'none' } });
}

function verdictsOf(items: readonly Taken<EventsItem>[]) {
  return items.flatMap(({ item }) => (item.type === 'CLICK' ? [item.verdict] : []));
}

async function setUp({ isDelivered }: { isDelivered: boolean }) {
  const statusId = randomUUID();
  const clock = createFakeClock(deliveredAtMs + 1_000);
  const delivered = anEvent('DELIVERED', { statusId, deliveryId: `${statusId}:0`, atMs: deliveredAtMs });
  if (isDelivered) await store.sends.apply([delivered]);
  const time = (events: readonly EventsItem[]) =>
    timeClicks(
      events.map((item) => ({
        id: item.id,
        item,
        attempt: 1,
        originBagId: 'b-test',
        firstPostedAtMs: item.atMs,
        crashes: 0,
      })),
      { sends: store.sends, clock },
    );
  return { statusId, time, clock };
}
