import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectRedis, type RedisLink } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { type TestRedis, withTestRedis } from '@posthorn/testing';
import { createRateLimit } from './rate-limit.ts';
import { errorOf } from './testing/error-of.ts';
import { call, startTestGateway } from './testing/test-gateway.ts';

let server: TestRedis;
let redis: RedisLink;

before(async () => {
  server = await withTestRedis();
  redis = await connectRedis({ url: server.url, role: 'poster', log: silentLogger });
});
after(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('a key may make so many calls in ten seconds and no more, over all gateways', async () => {
  const { limit } = setUp('all');

  const results = await Promise.allSettled(Array.from({ length: 8 }, () => limit(principal('all'))));

  assert.deepEqual(results.map(({ status }) => status).toSorted(), [
    ...Array(5).fill('fulfilled'),
    ...Array(3).fill('rejected'),
  ]);
});

test('the limit rolls: half a window later about half of the calls are free again', async () => {
  const { limit, clock } = setUp('rolls');
  await Promise.all(Array.from({ length: 4 }, () => limit(principal('rolls'))));

  clock.advance(15_000);
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => limit(principal('rolls'))));

  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
});

test('an answer tells how much is left, and one that is too much is HubSpot’s 429 with its policy', async () => {
  const { limit } = setUp('http');
  await using gateway = await startTestGateway({ limit });

  const answers = [];
  for (let index = 0; index < 6; index += 1) answers.push(await call(gateway, 'GET /v1/account'));

  const [first] = answers;
  const last = answers.at(-1);
  assert.equal(first?.headers.get('x-hubspot-ratelimit-max'), '5');
  assert.equal(first?.headers.get('x-hubspot-ratelimit-remaining'), '4');
  assert.equal(first?.headers.get('x-hubspot-ratelimit-interval-milliseconds'), '10000');
  assert.deepEqual([last?.status, errorOf(last?.body).category], [429, 'RATE_LIMITS']);
  assert.equal(Object(last?.body).policyName, 'TEN_SECONDLY_ROLLING');
  assert.equal(last?.headers.get('retry-after'), '10');
});

test('F46: while Redis does not answer, counting is given up in time for what comes after it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const deaf = { eval: () => new Promise<never>(() => undefined) };
  const limit = createRateLimit({
    ...{ redis: deaf, clock: createFakeClock(), log: silentLogger },
    callsPerTenSecondsMax: 5,
  });

  const headers = limit(principal('deaf'));
  t.mock.timers.tick(150);

  assert.equal((await headers)['x-hubspot-ratelimit-remaining'], '5');
});

test('sends are exempt from the limit', async () => {
  await using gateway = await startTestGateway({ limit: () => Promise.reject(new Error('counted')) });
  const body = { emailId: 42, message: { to: 'jdoe@example.com' } };

  const answer = await call(gateway, 'POST /marketing/v3/transactional/single-email/send', { body });

  assert.equal(answer.status, 200);
});

test('while Redis is away nobody is limited', async () => {
  const away = { eval: () => Promise.reject(new Error('Connection is closed.')) };
  const limit = createRateLimit({
    redis: away,
    clock: createFakeClock(),
    log: silentLogger,
    callsPerTenSecondsMax: 1,
  });

  await limit(principal('away'));
  await limit(principal('away'));
});

test('a limit of 0 is none', async () => {
  const limit = createRateLimit({
    redis: redis.client,
    clock: createFakeClock(),
    log: silentLogger,
    callsPerTenSecondsMax: 0,
  });

  assert.deepEqual(await limit(principal('none')), {});
});

function principal(keyId: string) {
  return { accountId: 1, keyId, scopes: new Set<string>() };
}

function setUp(_name: string) {
  const clock = createFakeClock();
  const limit = createRateLimit({ redis: redis.client, clock, log: silentLogger, callsPerTenSecondsMax: 5 });
  return { clock, limit: async (asking: Parameters<typeof limit>[0]) => limit({ ...asking, keyId: _name }) };
}
