import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, SmtpApiTokenView, SmtpTokenStatistics } from '@posthorn/contracts';
import { createStatusIdIssuer, keyringFromSecret } from '@posthorn/mail';
import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import { anEvent } from '@posthorn/testing';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';

test("what is recorded under a token's campaign, which is no email, has statistics, a status and a timeline", async () => {
  await using gateway = await startRealGateway();
  await using store = await connectStore({ url: gateway.env.MONGODB_URL, log: silentLogger });
  await store.whenReady();
  const { accountId } = gateway;
  const created = await call(gateway, 'POST /marketing/v3/transactional/smtp-tokens', {
    body: { campaignName: 'Receipts', createContact: true },
  });
  const { id, emailCampaignId } = SmtpApiTokenView.parse(created.body);
  const atMs = Date.now();
  const issuer = createStatusIdIssuer(keyringFromSecret(gateway.env.POSTHORN_SECRET), { processSeed: 7 });
  const statusId = issuer.issue(accountId, atMs);
  const common = { accountId, statusId, emailId: Number(emailCampaignId), atMs };
  const events: Event[] = [
    anEvent('SENT', { ...common, acceptedAtMs: atMs, startedAtMs: atMs }),
    anEvent('PROCESSED', common),
    anEvent('DELIVERED', common),
    ...[0, 1].map(() => anEvent('OPEN', common)),
    anEvent('OPEN', { ...common, verdict: { machine: true, reason: 'too-soon' } }),
    anEvent('CLICK', common),
  ];
  const read = async () => {
    const path = `/v1/smtp-tokens/${encodeURIComponent(id)}/statistics?interval=hour`;
    return SmtpTokenStatistics.parse((await call(gateway, `GET ${path}`)).body);
  };

  await store.events.append(events);
  await store.sends.apply(events);
  const waiting = await read();
  await store.counters.fold(accountId);
  const folded = await read();
  const status = await call(gateway, `GET /marketing/v3/email/send-statuses/${statusId}`);
  const timeline = await call(gateway, `GET /v1/sends/${statusId}`);

  const { sent, delivered, open, openTotal, openMachine, click } = waiting.counters;
  assert.deepEqual([sent, delivered, open, openTotal, openMachine, click], [1, 1, 1, 2, 1, 1]);
  assert.deepEqual([waiting.ratios.openratio, waiting.ratios.clickthroughratio], [100, 100]);
  assert.deepEqual(folded.counters, waiting.counters);
  assert.equal(
    folded.series.reduce((sum, { counters }) => sum + counters.sent, 0),
    1,
  );
  assert.deepEqual([status.status, Object(status.body).sendResult], [200, 'SENT']);
  assert.equal(timeline.status, 200);
  assert.equal(Object(timeline.body).emailId, Number(emailCampaignId));
  assert.equal(Object(timeline.body).timeline.length, events.length);
});
