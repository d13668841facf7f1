import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { Event } from '@posthorn/contracts';
import { anEvent, eventTimeMs, withTestStore } from '@posthorn/testing';
import { addCounts, type Counts, dayMs, hourMs } from './counter-cells.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

let lastAccountId = 30_000_000;

test('every type of event is counted under its name, before it is folded and after', async () => {
  const accountId = ++lastAccountId;
  await store.events.append([
    anEvent('SENT', { accountId }),
    anEvent('DROPPED', { accountId, dropReason: 'INVALID_TO_ADDRESS' }),
    anEvent('PROCESSED', { accountId }),
    anEvent('DELIVERED', { accountId }),
    anEvent('DEFERRED', { accountId }),
    anEvent('BOUNCE', { accountId }),
    anEvent('BOUNCE', { accountId, hard: false, category: 'MAILBOX_FULL' }),
    anEvent('UNKNOWN', { accountId }),
    anEvent('OPEN', { accountId }),
    anEvent('OPEN', { accountId, verdict: { machine: true, reason: 'burst' } }),
    anEvent('CLICK', { accountId }),
    anEvent('CLICK', { accountId, verdict: { machine: true, reason: 'head-request' } }),
    anEvent('SPAMREPORT', { accountId }),
    anEvent('STATUSCHANGE', { accountId }),
    anEvent('STATUSCHANGE', { accountId, portalSubscriptionStatus: 'SUBSCRIBED' }),
    anEvent('RETURN', { accountId }),
  ]);
  const expected = {
    sent: 1,
    dropped: 1,
    'dropped/INVALID_TO_ADDRESS': 1,
    processed: 1,
    delivered: 1,
    deferred: 1,
    bounce: 2,
    hardbounced: 1,
    softbounced: 1,
    'bounce/UNKNOWN_USER': 1,
    'bounce/MAILBOX_FULL': 1,
    unknown: 1,
    open: 1,
    uniqueOpen: 1,
    machineOpen: 1,
    click: 1,
    uniqueClick: 1,
    machineClick: 1,
    spamreport: 1,
    unsubscribed: 1,
    'return/DELAYED': 1,
  };

  assert.deepEqual(await totalOf(accountId), expected);
  await foldAll(accountId);
  assert.deepEqual(await totalOf(accountId), expected);
});

test('deliveries of Cc and Bcc are counted apart', async () => {
  const accountId = ++lastAccountId;
  const statusId = randomUUID();
  await store.events.append([
    anEvent('DELIVERED', { accountId, statusId }),
    anEvent('DELIVERED', { accountId, statusId, deliveryId: `${statusId}:1` }),
    anEvent('BOUNCE', { accountId, statusId, deliveryId: `${statusId}:10` }),
  ]);

  assert.deepEqual(await totalOf(accountId), { delivered: 1, copyDelivered: 1, copyBounce: 1 });
});

test('a send is opened once however often, also over several folds and hours', async () => {
  const accountId = ++lastAccountId;
  const statusId = randomUUID();
  for (const offset of [2, 0, 1]) {
    await store.events.append([
      anEvent('OPEN', { accountId, statusId, atMs: eventTimeMs + offset * hourMs }),
    ]);
    await foldAll(accountId);
  }

  assert.deepEqual(await totalOf(accountId), { open: 3, uniqueOpen: 1 });
});

test('hours and days hold what happened in them, and days are sums of hours', async () => {
  const accountId = ++lastAccountId;
  const dayStartMs = eventTimeMs - (eventTimeMs % dayMs);
  const times = [dayStartMs, dayStartMs + hourMs - 1, dayStartMs + hourMs, dayStartMs + dayMs];
  await store.events.append(times.map((atMs) => anEvent('SENT', { accountId, emailId: 5, atMs })));
  const query = { accountId, fromMs: dayStartMs, toMs: dayStartMs + 2 * dayMs };
  const pairs = (periods: { startMs: number; counts: Counts }[]) =>
    periods.map(({ startMs, counts }) => [startMs - dayStartMs, counts.sent]);

  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(pairs(await store.counters.hourly(query)), [
      [0, 2],
      [hourMs, 1],
      [dayMs, 1],
    ]);
    assert.deepEqual(pairs(await store.counters.daily(query)), [
      [0, 3],
      [dayMs, 1],
    ]);
    assert.deepEqual(pairs(await store.counters.hourly({ ...query, toMs: dayStartMs + hourMs })), [[0, 2]]);
    assert.deepEqual(pairs(await store.counters.hourly({ ...query, emailIds: [6] })), []);
    await foldAll(accountId);
  }
});

test('several folders at once, with writers beside them, count every event once', async () => {
  const accountId = ++lastAccountId;
  const events = Array.from({ length: 3_000 }, (_, index) =>
    anEvent(index % 3 ? 'OPEN' : 'SENT', {
      accountId,
      emailId: 1 + (index % 2),
      statusId: sendId(index % 700),
    }),
  );

  const writer = async () => {
    for (let at = 0; at < events.length; at += 100) await store.events.append(events.slice(at, at + 100));
  };
  await Promise.all([writer(), ...Array.from({ length: 4 }, () => foldAWhile(accountId))]);
  await foldAll(accountId);

  assert.deepEqual(await totalOf(accountId), recount(events));
});

test('a reader beside folders sees what was appended, never less and never more', async () => {
  const accountId = ++lastAccountId;
  const events = Array.from({ length: 2_000 }, () => anEvent('SENT', { accountId }));
  await store.events.append(events);

  const folding = foldAll(accountId);
  for (let round = 0; round < 10; round += 1) {
    assert.deepEqual(await totalOf(accountId), { sent: 2_000 });
  }
  await folding;

  assert.deepEqual(await totalOf(accountId), { sent: 2_000 });
});

test('accounts with something to fold can be found after a start, and no others', async () => {
  const accountId = ++lastAccountId;
  await store.events.append([anEvent('SENT', { accountId })]);
  assert.ok((await store.counters.accountsToFold()).includes(accountId));

  await foldAll(accountId);

  assert.ok(!(await store.counters.accountsToFold()).includes(accountId));
  assert.deepEqual(await store.counters.fold(accountId), { counted: 0, isMore: false });
});

/** What the counters must say, from the events alone. */
function recount(events: readonly Event[]): Counts {
  const opens = events.filter(({ type }) => type === 'OPEN');
  return {
    sent: events.length - opens.length,
    open: opens.length,
    uniqueOpen: new Set(opens.map(({ statusId }) => statusId)).size,
  };
}

async function totalOf(accountId: number): Promise<Counts> {
  const totals = await store.counters.total({ accountId, fromMs: 0, toMs: eventTimeMs * 2 });
  const sum: Counts = {};
  for (const { counts } of totals) addCounts(sum, counts);
  return sum;
}

async function foldAll(accountId: number): Promise<void> {
  while ((await store.counters.fold(accountId)).isMore);
}

async function foldAWhile(accountId: number): Promise<void> {
  for (let round = 0; round < 25; round += 1) await store.counters.fold(accountId);
}

function sendId(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}
