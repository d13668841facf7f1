import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Fault, silentLogger } from '@posthorn/runtime';
import type { SendingIp } from '@posthorn/store';
import { createMarkSeal } from '../mark-seal.ts';
import { until } from '../testing/until.ts';
import { openSourceDirectory, type SourceStore } from './source-directory.ts';
import { createSourceSnapshot } from './source-snapshot.ts';

test('what MongoDB holds is known at the start, and changes are told', async (t) => {
  const { open, stored } = setUp(t, { ips: [anIp('192.0.2.1')] });
  const directory = await open();
  const seen: number[] = [];
  directory.onChange(() => seen.push(directory.list()?.sources.length ?? 0));

  const before = directory.list()?.sources.map(({ address, pool }) => [address, pool]);
  stored.ips.push(anIp('192.0.2.2'));
  await until(() => seen.length > 0);

  assert.deepEqual(before, [['192.0.2.1', 'default']]);
  assert.deepEqual(seen, [2]);
});

test('while MongoDB is away the list stays as it was, and a dispatcher that starts then knows it too', async (t) => {
  const { open, stored, isWritten } = setUp(t, { ips: [anIp('192.0.2.1')] });
  const first = await open();
  await until(isWritten);
  stored.isAway = true;

  const second = await open();

  assert.deepEqual(first.list()?.sources, second.list()?.sources);
  assert.equal(second.list()?.sources[0]?.address, '192.0.2.1');
});

test('where MongoDB was never seen nothing is known, which is not the same as no address', async (t) => {
  const { open } = setUp(t, { ips: [], isAway: true });

  assert.equal((await open()).list(), undefined);
});

test('B17 without a seal Redis gets no password, and its address rests after such a start', async (t) => {
  const socks5 = { host: 'relay.example', port: 1080, username: 'posthorn', password: 'hunter2' };
  const open = setUp(t, { ips: [anIp('192.0.2.1', { socks5 })] });
  const sealed = setUp(t, { ips: [anIp('192.0.2.1', { socks5 })], sealKey: 'a key of enough length' });
  for (const { open: start, isWritten, stored } of [open, sealed]) {
    await start();
    await until(isWritten);
    stored.isAway = true;
  }

  const [bare, kept] = [await open.open(), await sealed.open()];

  assert.ok(![open, sealed].some(({ values }) => [...values.values()].join().includes('hunter2')));
  assert.deepEqual(bare.list()?.sources[0]?.socks5, {
    ...{ host: 'relay.example', port: 1080, username: 'posthorn' },
    isLocked: true,
  });
  assert.deepEqual(kept.list()?.sources[0]?.socks5, socks5);
});

function setUp(
  t: TestContext,
  { ips, isAway = false, sealKey }: { ips: SendingIp[]; isAway?: boolean; sealKey?: string },
) {
  const stored = { ips, isAway };
  const values = new Map<string, string>();
  const redis = {
    get: async (key: string) => values.get(key) ?? null,
    set: async (key: string, value: string) => values.set(key, value),
  };
  const away = () => new Fault('unavailable', 'MongoDB is away');
  const read = async <T>(value: T): Promise<T> => {
    if (stored.isAway) throw away();
    return value;
  };
  const store: SourceStore = {
    ips: { list: () => read([...stored.ips]) },
    pools: { list: () => read([{ name: 'default', createdAtMs: 0 }]) },
  };
  const seal = sealKey === undefined ? undefined : createMarkSeal(sealKey);

  async function open() {
    const snapshot = createSourceSnapshot({ redis, seal });
    const times = { everyMs: 10, patienceMs: 50 };
    const directory = await openSourceDirectory({ store, snapshot, log: silentLogger, ...times });
    t.after(() => directory[Symbol.asyncDispose]());
    return directory;
  }
  return { open, stored, values, isWritten: () => values.size > 0 };
}

function anIp(address: string, fields: Partial<SendingIp> = {}): SendingIp {
  return {
    ...{ id: address, address, ehloName: 'mail.sender.example', pool: 'default', state: 'active' },
    ...{ warmup: 'skip', checks: {}, createdAtMs: 1, updatedAtMs: 1, nextCheckAtMs: 1, revision: 1 },
    ...fields,
  };
}
