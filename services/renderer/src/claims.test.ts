import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { type Claim, createRedisClaims } from './claims.ts';
import { accountId } from './fixture.ts';

test('an id belongs to the send that claims it first, also when it asks again; any other is told', async () => {
  await using server = await withTestRedis();
  await using redis = await connectRedis({ url: server.url, role: 'plain', log: silentLogger });
  const claims = createRedisClaims(redis.client, { ttlMs: 60_000 });
  const first = aClaim({});

  assert.deepEqual(await claims.claim([first]), ['ours']);
  assert.deepEqual(
    await claims.claim([
      first,
      aClaim({ originBagId: 'bag2' }),
      aClaim({ statusId: 'other' }),
      aClaim({ id: { kind: 'request', accountId, name: 'order-6' } }),
      aClaim({ id: { kind: 'send', accountId: accountId + 1, name: 'order-6' } }),
    ]),
    ['ours', 'repeat', 'taken', 'ours', 'ours'],
  );

  await claims.fail([first]);
  assert.deepEqual(
    await claims.claim([first, aClaim({ statusId: 'other' }), aClaim({ originBagId: 'bag2' })]),
    ['ours', 'failed', 'repeat'],
  );
});

test('of fifty sends that claim one id at once, one gets it', async () => {
  await using server = await withTestRedis();
  await using redis = await connectRedis({ url: server.url, role: 'plain', log: silentLogger });
  const claims = createRedisClaims(redis.client, { ttlMs: 60_000 });

  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => claims.claim([aClaim({ statusId: `s${index}` })])),
  );

  assert.equal(results.flat().filter((result) => result === 'ours').length, 1);
  assert.equal(results.flat().filter((result) => result === 'taken').length, 49);
});

test('a claim shows no caller’s id and runs out', async () => {
  await using server = await withTestRedis();
  await using redis = await connectRedis({ url: server.url, role: 'plain', log: silentLogger });

  await createRedisClaims(redis.client, { ttlMs: 60_000 }).claim([aClaim({})]);

  const [key = '', ...others] = await redis.client.keys('posthorn:claim:*');
  assert.deepEqual(others, []);
  assert.doesNotMatch(key, /order-6/);
  assert.ok((await redis.client.pttl(key)) > 50_000);
});

function aClaim(fields: Partial<Claim>): Claim {
  return {
    id: { kind: 'send', accountId, name: 'order-6' },
    statusId: 'one',
    originBagId: 'bag1',
    ...fields,
  };
}
