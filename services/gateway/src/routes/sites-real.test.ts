import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendWaiting, SitePage } from '@posthorn/contracts';
import { createStatusIdIssuer, keyringFromSecret } from '@posthorn/mail';
import { connectRedis } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createShaper, createWaitingBoard, loadShapingRules } from '@posthorn/shaping';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';

const lane = { ip: '192.0.2.1', site: 'yahoodns.net' };

test('B1: what a dispatcher was told by a receiver is seen, told to the sender, and lifted over the API', async () => {
  await using gateway = await startRealGateway();
  await using link = await connectRedis({ url: gateway.redis.url, role: 'poster', log: silentLogger });
  const rules = await loadShapingRules();
  const deps = {
    redis: link.client,
    rules: () => rules,
    clock: systemClock,
    log: silentLogger,
    random: Math.random,
  };
  const statusId = createStatusIdIssuer(keyringFromSecret(gateway.env.POSTHORN_SECRET), {
    processSeed: 1,
  }).issue(gateway.accountId, Date.now());
  await using shaper = createShaper({ ...deps, owner: 'dispatcher' });

  {
    await using other = createShaper({ ...deps, owner: 'other' });
    other.observe(lane, {
      kind: 'deferred',
      text: '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred',
    });
  }
  const leave = await shaper.ask(lane);
  assert.ok(leave.kind === 'wait');
  createWaitingBoard({ redis: link.client, clock: systemClock }).note(statusId, {
    ...lane,
    ...leave,
    deliveryId: `${statusId}:0`,
  });

  const [site] = SitePage.parse((await call(gateway, 'GET /v1/sites')).body).results;
  assert.equal(site?.inForce.messagesPerMinute, 0);
  assert.equal(site?.overrides[0]?.rule, 'yahoodns.net.complaints');
  const waiting = await waitingOf(gateway, statusId);
  assert.partialDeepStrictEqual(waiting, [
    { waitsFor: 'shaping', rule: 'yahoodns.net.complaints', until: site.overrides[0].until, ...lane },
  ]);
  assert.equal((await call(gateway, `DELETE /v1/sites/overrides/${site.overrides[0].id}`)).status, 204);
  assert.equal((await shaper.ask(lane)).kind, 'go');
});

/** A note goes to Redis without being awaited. */
async function waitingOf(gateway: Parameters<typeof call>[0], statusId: string) {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const { body } = await call(gateway, `GET /v1/sends/${statusId}/waiting`);
    const { waiting } = SendWaiting.parse(body);
    if (waiting.some(({ waitsFor }) => waitsFor === 'shaping') || Date.now() > deadline) return waiting;
  }
}
