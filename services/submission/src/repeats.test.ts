import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectRedis, type RedisLink } from '@posthorn/queue';
import { isFault, silentLogger } from '@posthorn/runtime';
import { type TestRedis, withTestRedis } from '@posthorn/testing';
import { createRepeats, repeatKeyOf, type Seed } from './repeats.ts';

let server: TestRedis;
let link: RedisLink;
before(async () => {
  server = await withTestRedis();
  link = await connectRedis({ url: server.url, role: 'poster', log: silentLogger });
});
after(async () => {
  await link[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const seed = (statusId: string): Seed => ({ acceptedAtMs: 1, statusIds: [statusId] });

test('the first who claims a key decides: later ones post as it did, and nothing once it is confirmed', async () => {
  const [here, there] = [createRepeats(link.client), createRepeats(link.client)];

  const first = await here.claim('k', seed('a'));
  const second = await there.claim('k', seed('b'));
  await here.confirm('k', first.seed);
  const third = await there.claim('k', seed('c'));

  assert.deepEqual(first, { kind: 'post', seed: seed('a') });
  assert.deepEqual(second, first);
  assert.deepEqual(third, { kind: 'accepted', seed: seed('a') });
});

test('a key is remembered for a day', async () => {
  await createRepeats(link.client).claim('day', seed('a'));

  const lifeMs = await link.client.pttl('ph:smtp-repeat:day');

  assert.ok(lifeMs > 86_390_000 && lifeMs <= 86_400_000);
});

test('keys tell accounts, kinds and recipients apart, and not the order of recipients', () => {
  const of = (account: number, kind: 'key' | 'message-id', value: string, to: string[]) =>
    repeatKeyOf(account, { kind, value }, to);
  const keys = [
    of(1, 'key', 'a', ['x', 'y']),
    of(2, 'key', 'a', ['x', 'y']),
    of(1, 'message-id', 'a', ['x', 'y']),
    of(1, 'key', 'b', ['x', 'y']),
    of(1, 'key', 'a', ['x']),
  ];

  assert.equal(new Set(keys).size, 5);
  assert.equal(of(1, 'key', 'a', ['y', 'x']), keys[0]);
});

test('while Redis is away nothing is claimed', async () => {
  await server.kill();

  await assert.rejects(createRepeats(link.client).claim('away', seed('a')), (error) =>
    isFault(error, 'unavailable'),
  );
});
