import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Event } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { anEvent, eventTimeMs, type TestStore, withTestMongo } from '@posthorn/testing';
import { connectStore } from './connect-store.ts';
import { type Counts, countEntries, hourMs } from './counter-cells.ts';

const mongo = await withTestMongo();
after(() => mongo[Symbol.asyncDispose]());

const accountId = 20_000_001;
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

test('killed before or after any write and run again, the counters equal a recount of the events (F04)', async () => {
  const phases = ['before', 'after'] as const;
  const killed = await Promise.all(phases.map(killAtEveryWrite));

  assert.ok(
    killed.every((writes) => writes >= 10),
    `writes killed at: ${killed}`,
  );
});

test('killed again and again at random, the counters equal a recount of the events (F04)', async () => {
  await using store = await openStore();
  const bags = [...twoBags(), ...twoBags()];

  let ending: 'killed' | 'ended' = 'killed';
  for (let round = 0; ending === 'killed' && round < 12; round += 1) {
    const phase = randomInt(2) ? 'before' : 'after';
    ending = await runChild(store.dbName, bags, { killAt: 1 + randomInt(8), phase });
    await assertExact(store);
  }
  await runChild(store.dbName, bags, { killAt: 0, phase: 'after' });

  await assertExact(store);
  assert.deepEqual(await store.counters.accountsToFold(), []);
});

/** Kills at write 1, 2, … until a run ends by itself; returns at how many writes it killed. */
async function killAtEveryWrite(phase: 'before' | 'after'): Promise<number> {
  for (let killAt = 1; ; killAt += 1) {
    await using store = await openStore();
    const bags = twoBags();
    const ending = await runChild(store.dbName, bags, { killAt, phase });
    await assertExact(store);
    if (ending === 'ended') return killAt - 1;

    await runChild(store.dbName, bags, { killAt: 0, phase });
    const message = `killed ${phase} write ${killAt}`;
    assert.deepEqual(await assertExact(store, message), recount(bags.flat()), message);
    assert.deepEqual(await store.counters.accountsToFold(), [], message);
  }
}

async function runChild(
  dbName: string,
  bags: Event[][],
  { killAt, phase }: { killAt: number; phase: string },
): Promise<'killed' | 'ended'> {
  const args = [child, mongo.url, dbName, JSON.stringify(bags), String(killAt), phase];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = await once(process_, 'exit');
  assert.ok(signal === 'SIGKILL' || code === 0, `child ended with ${code} ${signal}`);
  return signal === 'SIGKILL' ? 'killed' : 'ended';
}

/** Two bags that share cells, sends and hits, so that the second meets everything the first left. */
function twoBags(): Event[][] {
  const sends = [randomUUID(), randomUUID()];
  const bag = (hour: number) =>
    sends.flatMap((statusId) => [
      anEvent('DELIVERED', { statusId, atMs: eventTimeMs }),
      anEvent('OPEN', { statusId, atMs: eventTimeMs + hour * hourMs }),
      anEvent('CLICK', { statusId, atMs: eventTimeMs }),
    ]);
  return [bag(0), bag(1)];
}

/** What is counted equals what is stored, now; returns it. */
async function assertExact(store: TestStore, message?: string): Promise<Counts> {
  const { events } = await store.events.list({ accountId, limit: 1_000 });
  const totals = await store.counters.total({ accountId, fromMs: 0, toMs: eventTimeMs * 2 });
  const counts = totals[0]?.counts ?? {};
  assert.deepEqual(sorted(counts), recount(events), message ?? 'counters equal events');
  return sorted(counts);
}

function recount(events: readonly Event[]): Counts {
  const of = (type: string) => events.filter((event) => event.type === type);
  const sendsOf = (type: string) => new Set(of(type).map(({ statusId }) => statusId)).size;
  return sorted({
    delivered: of('DELIVERED').length,
    open: of('OPEN').length,
    uniqueOpen: sendsOf('OPEN'),
    click: of('CLICK').length,
    uniqueClick: sendsOf('CLICK'),
  });
}

function sorted(counts: Counts): Counts {
  return Object.fromEntries(
    countEntries(counts)
      .filter(([, count]) => count > 0)
      .sort(),
  );
}

async function openStore(): Promise<TestStore> {
  const dbName = `test_${randomUUID().slice(0, 13)}`;
  const store = await connectStore({ url: mongo.url, dbName, log: silentLogger });
  await store.whenReady();
  return {
    ...store,
    url: mongo.url,
    dbName,
    [Symbol.asyncDispose]: async () => {
      await store.dropDatabase();
      await store[Symbol.asyncDispose]();
    },
  };
}
