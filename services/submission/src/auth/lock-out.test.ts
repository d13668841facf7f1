import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectRedis, type RedisLink } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { type TestRedis, withTestRedis } from '@posthorn/testing';
import { createLockOut } from './lock-out.ts';

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

const replica = () => createLockOut({ redis: link.client, clock: createFakeClock() });

test('S06: ten failures lock a client out on every replica, whatever names it tried, for five minutes', async () => {
  const [here, there] = [replica(), replica()];
  for (let index = 0; index < 9; index += 1) await here.fail('192.0.2.1', `name ${index}`);
  assert.equal(await there.isLocked('192.0.2.1', 'any'), false);

  assert.equal(await here.fail('192.0.2.1', 'name'), 10);

  assert.equal(await there.isLocked('192.0.2.1', 'any'), true);
  assert.equal(await there.isLocked('192.0.2.2', 'any'), false);
  const lifeMs = await link.client.pttl('ph:smtp-login:client:192.0.2.1');
  assert.ok(lifeMs > 290_000 && lifeMs <= 300_000);
});

test('a name that many fail on is closed to those who failed, and open to its owner', async () => {
  const lockOut = replica();
  for (let index = 0; index < 50; index += 1) await lockOut.fail(`198.51.100.${index}`, 'the name');

  assert.equal(await lockOut.isLocked('198.51.100.7', 'the name'), true);
  assert.equal(await lockOut.isLocked('198.51.100.7', 'another'), false);
  assert.equal(await lockOut.isLocked('203.0.113.1', 'the name'), false);
});

test('what was given as a name is not kept', async () => {
  await replica().fail('192.0.2.9', 'a password by mistake');

  const keys = await link.client.call('KEYS', '*');

  assert.doesNotMatch(JSON.stringify(keys), /password/);
});

test('while Redis is away each replica counts for itself, and forgets after five minutes', async () => {
  const clock = createFakeClock();
  const lockOut = createLockOut({ redis: link.client, clock });
  await server.kill();
  for (let index = 0; index < 10; index += 1) await lockOut.fail('203.0.113.5', 'name');

  assert.equal(await lockOut.isLocked('203.0.113.5', 'any'), true);
  clock.advance(300_001);
  assert.equal(await lockOut.isLocked('203.0.113.5', 'any'), false);
});
