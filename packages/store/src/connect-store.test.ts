import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFault, silentLogger } from '@posthorn/runtime';
import { anEvent, startTcpGate, type TcpGate, type TestMongo, withTestMongo } from '@posthorn/testing';
import { connectStore, type Store } from './connect-store.ts';

test('the store starts while MongoDB is away, says so, and works once it comes (F15)', async () => {
  await using mongo = await withTestMongo();
  await using gate = await startTcpGate({ port: portOf(mongo) });
  gate.shut();
  await using store = await openStore(mongo, gate);

  assert.equal(store.isReady(), false);
  await assert.rejects(store.accounts.find(1), (error) => isFault(error, 'unavailable'));
  assert.equal((await store.healthCheck()).ok, false);

  gate.open();
  await store.whenReady();

  assert.equal(await store.accounts.find(1), null);
  assert.deepEqual(await store.healthCheck(), { ok: true });
  await store.dropDatabase();
});

test('while MongoDB is away every call fails within two seconds, and works again after (F15)', async () => {
  await using mongo = await withTestMongo();
  await using gate = await startTcpGate({ port: portOf(mongo) });
  await using store = await openStore(mongo, gate);
  await store.whenReady();

  for (const takeAway of [gate.shut, gate.freeze]) {
    takeAway();
    const calls = takeAway === gate.shut ? [...callsOf(store), ...bagCallsOf(store)] : callsOf(store);
    await Promise.all(calls.map(assertUnavailableInTime));
    assert.equal((await store.healthCheck()).ok, false);

    gate.open();
    await works(() => store.accounts.find(1));
    assert.equal(store.isReady(), true);
  }
  await store.dropDatabase();
});

test('a store can be closed while it never reached MongoDB', async () => {
  await using gate = await startTcpGate({ port: 1 });
  gate.shut();
  const store = await connectStore({ url: `mongodb://127.0.0.1:${gate.port}`, log: silentLogger });

  await store[Symbol.asyncDispose]();

  assert.equal(store.isReady(), false);
});

function callsOf(store: Store): (() => Promise<unknown>)[] {
  const accountId = 1;
  return [
    () => store.accounts.create({ name: 'x', createdAtMs: 1 }),
    () => store.apiKeys.find('x'),
    () => store.emails.list({ accountId, limit: 1 }),
    () => store.emailVersions.find(accountId, 1, 1),
    () => store.contacts.upsertMany([{ accountId, email: 'a@example.com', properties: {}, atMs: 1 }]),
    () => store.counters.total({ accountId, fromMs: 0, toMs: 1 }),
    () => store.dkimKeys.find(null, 'example.com'),
  ];
}

/** Calls that nobody waits for: a server that says nothing gets longer. */
function bagCallsOf(store: Store): (() => Promise<unknown>)[] {
  return [() => store.events.append([anEvent('SENT')]), () => store.sends.apply([anEvent('SENT')])];
}

async function assertUnavailableInTime(call: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await assert.rejects(call(), (error) => isFault(error, 'unavailable'));
  assert.ok(performance.now() - startedMs < 2_500);
}

async function works(call: () => Promise<unknown>): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(50);
    }
  }
}

function openStore(mongo: TestMongo, gate: TcpGate): Promise<Store> {
  const url = new URL(mongo.url);
  url.port = String(gate.port);
  return connectStore({ url: url.href, dbName: mongo.dbName, log: silentLogger });
}

function portOf(mongo: TestMongo): number {
  return Number(new URL(mongo.url).port || 27_017);
}
