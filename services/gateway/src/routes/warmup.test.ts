import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { WarmupAnswer } from '@posthorn/contracts';
import { connectRedis } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createWarmup } from '@posthorn/shaping/warmup';
import { connectStore, type SendingIp } from '@posthorn/store';
import { errorOf } from '../testing/error-of.ts';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';

const address = '192.0.2.1';

test('B2 the warm-up of an IP is answered as dispatchers counted it, with the reason of the last change', async () => {
  await using world = await setUp();
  const on = { ip: address, provider: 'google.com' };
  await world.warmup.take(on);
  world.warmup.record(on, 'blocked');
  await world.warmup[Symbol.asyncDispose]();

  const { status, body } = await world.call(`GET /v1/ips/${world.id}/warmup`);

  const { providers, plan, ...rest } = WarmupAnswer.parse(body);
  const [google] = providers;
  assert.deepEqual([status, rest, plan.length], [200, { address, mode: 'plan', isWarm: false }, 30]);
  assert.deepEqual(
    [google?.provider, google?.state, google?.planDay, google?.limit, google?.today.blocked],
    ['google.com', 'warming', 1, 50, 1],
  );
  assert.match(google?.lastChange.text ?? '', /^Day 1 → 1: 1 of 1 answers on .* were blocks\.$/);
});

test('a warm-up is started again where it is told, unless the IP skips it', async () => {
  await using world = await setUp();
  const target = `POST /v1/ips/${world.id}/warmup`;

  const started = await world.call(target, { body: { startAtDay: 10 } });
  await world.warmup.take({ ip: address, provider: 'other' });
  const { body } = await world.call(`GET /v1/ips/${world.id}/warmup`);
  const bad = await world.call(target, { body: { startAtDay: 0 } });
  await world.skip();
  const skipped = WarmupAnswer.parse((await world.call(`GET /v1/ips/${world.id}/warmup`)).body);
  const refused = await world.call(target, { body: {} });

  assert.equal(started.status, 200);
  assert.deepEqual([WarmupAnswer.parse(body).providers[0]?.planDay, bad.status], [10, 400]);
  assert.deepEqual([skipped.mode, skipped.isWarm, refused.status], ['skip', true, 409]);
});

test('only an operator sees it, and an IP that is not there is 404', async () => {
  await using world = await setUp();
  const { key } = await world.gateway.newKey('transactional-email');

  const refused = await world.call(`GET /v1/ips/${world.id}/warmup`, { key });
  const missing = await world.call(`GET /v1/ips/${randomUUID()}/warmup`);

  assert.deepEqual([refused.status, missing.status], [403, 404]);
  assert.match(errorOf(missing.body).message, /no such IP/);
});

async function setUp() {
  await using scope = new AsyncDisposableStack();
  const gateway = scope.use(await startRealGateway());
  const store = scope.use(await connectStore({ url: gateway.env.MONGODB_URL, log: silentLogger }));
  const redis = scope.use(await connectRedis({ url: gateway.redis.url, role: 'poster', log: silentLogger }));
  const warmup = createWarmup({ redis: redis.client, clock: systemClock });
  const { key } = await gateway.newKey('operator');
  const ip = anIp();
  await store.ips.insert(ip);
  const opened = scope.move();
  return {
    ...{ gateway, warmup, id: ip.id },
    skip: () => store.ips.update(ip.id, { warmup: 'skip' }, ip.revision),
    call: (target: string, options: Parameters<typeof call>[2] = {}) =>
      call({ ...gateway, key }, target, options),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function anIp(): SendingIp {
  const place = { address, ehloName: 'out1.posthorn.test', pool: 'default', state: 'warming' } as const;
  const times = { createdAtMs: 1, updatedAtMs: 1, nextCheckAtMs: 1 };
  return { id: randomUUID(), ...place, warmup: 'plan', checks: {}, ...times, revision: 1 };
}
