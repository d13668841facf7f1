import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, isFault, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { createBoundAddresses } from './bound-addresses.ts';

const server = await withTestRedis();
const redis = await connectRedis({ url: server.url, role: 'plain', log: silentLogger });
after(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('an address is bound by as many dispatchers as announced it within 45 seconds', async () => {
  const { bound, clock } = setUp();
  await bound.announce('one', ['192.0.2.1', '2001:db8::1']);
  clock.advance(30_000);
  await bound.announce('two', ['192.0.2.1']);

  assert.equal(await bound.of('192.0.2.1'), 2);
  clock.advance(15_000);
  assert.deepEqual(
    [...(await bound.ofMany(['192.0.2.1', '2001:db8::1', '192.0.2.9']))],
    [
      ['192.0.2.1', 1],
      ['2001:db8::1', 0],
      ['192.0.2.9', 0],
    ],
  );
});

test('F54: an address that is withdrawn is not bound any more, at once', async () => {
  const { bound } = setUp();
  await bound.announce('one', ['192.0.2.2']);
  await bound.announce('two', ['192.0.2.2']);

  await bound.withdraw('one', ['192.0.2.2']);

  assert.equal(await bound.of('192.0.2.2'), 1);
});

test('a dispatcher that binds several addresses of a pool counts once', async () => {
  const { bound } = setUp();
  await bound.announce('one', ['192.0.2.3', '192.0.2.4']);
  await bound.announce('two', ['192.0.2.4']);

  assert.equal(await bound.ofAny(['192.0.2.3', '192.0.2.4', '192.0.2.5']), 2);
  assert.equal(await bound.ofAny([]), 0);
});

test('what dead dispatchers announced does not stay in Redis', async () => {
  const { bound, clock } = setUp();
  await bound.announce('gone', ['192.0.2.6']);
  clock.advance(60_000);
  await bound.announce('here', ['192.0.2.6']);

  assert.deepEqual(await redis.client.zrange('ph:bound:192.0.2.6', '0', '-1'), ['here']);
  assert.ok((await redis.client.pttl('ph:bound:192.0.2.6')) > 0);
});

test('while Redis is away that is said', async () => {
  const away = async () => Promise.reject(new Error('Connection is closed.'));
  const commands = { zadd: away, zrem: away, zremrangebyscore: away, zrangebyscore: away, pexpire: away };
  const bound = createBoundAddresses({ redis: commands, clock: createFakeClock() });

  for (const asked of [bound.of('192.0.2.1'), bound.announce('one', ['192.0.2.1'])])
    await assert.rejects(asked, (error) => isFault(error, 'unavailable'));
});

function setUp() {
  const clock = createFakeClock();
  return { clock, bound: createBoundAddresses({ redis: redis.client, clock }) };
}
