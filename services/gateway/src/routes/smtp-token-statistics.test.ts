import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmtpApiTokenView, SmtpTokenStatistics } from '@posthorn/contracts';
import { createFakeClock } from '@posthorn/runtime';
import { dayMs, hourMs } from '@posthorn/store';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const startMs = Date.UTC(2026, 0, 1);

test("a token's statistics are what was counted under its campaign, with HubSpot's formulas", async () => {
  const { gateway, token, campaign } = await setUp();
  await using _ = gateway;
  gateway.putCounts(1, campaign, startMs, {
    ...{ sent: 200, dropped: 50, 'dropped/INVALID_TO_ADDRESS': 50, delivered: 160, deferred: 7 },
    ...{ bounce: 30, hardbounced: 20, softbounced: 10, 'bounce/UNKNOWN_USER': 20, 'bounce/SPAM': 10 },
    ...{ open: 100, uniqueOpen: 80, machineOpen: 9, click: 25, uniqueClick: 20, machineClick: 4 },
    ...{ spamreport: 2, unsubscribed: 3, copyDelivered: 99 },
  });
  gateway.putCounts(1, campaign + 1, startMs, { sent: 1_000 });
  gateway.putCounts(2, campaign, startMs, { sent: 1_000 });

  const body = await read(gateway, token.id);

  const { series: _series, ...statistics } = body;
  assert.deepEqual(statistics, {
    id: token.id,
    campaignName: 'Shop receipts',
    emailCampaignId: String(campaign),
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2027-01-01T00:00:00.000Z',
    from: '2025-12-02T00:00:00.000Z',
    to: '2026-01-02T00:00:00.000Z',
    interval: 'day',
    counters: {
      ...{ selected: 250, sent: 200, dropped: 50, delivered: 160, deferred: 7 },
      ...{ bounce: 30, hardbounced: 20, softbounced: 10 },
      ...{ open: 80, openTotal: 100, openMachine: 9, click: 20, clickTotal: 25, clickMachine: 4 },
      ...{ spamreport: 2, unsubscribed: 3 },
    },
    ratios: {
      ...{ deliveredratio: 80, bounceratio: 15, hardbounceratio: 10, softbounceratio: 5, notsentratio: 20 },
      ...{ openratio: 50, clickratio: 12.5, clickthroughratio: 25 },
      ...{ spamreportratio: 1.25, unsubscribedratio: 1.875 },
    },
    reasons: { dropped: { INVALID_TO_ADDRESS: 50 }, bounce: { UNKNOWN_USER: 20, SPAM: 10 } },
  });
});

test('they are told over time, by day and by hour, also where nothing happened', async () => {
  const { gateway, token, campaign } = await setUp();
  await using _ = gateway;
  gateway.putCounts(1, campaign, startMs, { sent: 3, delivered: 1 });
  gateway.putCounts(1, campaign, startMs + 2 * hourMs, { sent: 1 });
  gateway.putCounts(1, campaign, startMs + 2 * dayMs, { sent: 5 });

  const days = await read(gateway, token.id, '?from=2026-01-01T05:00:00Z&to=2026-01-03T12:00:00Z');
  const hours = await read(
    gateway,
    token.id,
    '?interval=hour&from=2026-01-01T00:30:00%2B00:00&to=2026-01-01T03:00:00Z',
  );

  assert.deepEqual(
    days.series.map(({ start, counters }) => [start, counters.sent]),
    [
      ['2026-01-01T00:00:00.000Z', 4],
      ['2026-01-02T00:00:00.000Z', 0],
      ['2026-01-03T00:00:00.000Z', 5],
    ],
  );
  assert.deepEqual([days.counters.sent, days.to], [9, '2026-01-04T00:00:00.000Z']);
  assert.deepEqual(
    hours.series.map(({ start, end, counters }) => [start, end, counters.sent]),
    [
      ['2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000Z', 3],
      ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z', 0],
      ['2026-01-01T02:00:00.000Z', '2026-01-01T03:00:00.000Z', 1],
    ],
  );
  assert.equal(hours.series[0]?.ratios.deliveredratio, 33.333);
  assert.equal(hours.series[1]?.ratios.deliveredratio, 0);
});

test('a deleted token keeps its statistics', async () => {
  const { gateway, token, campaign } = await setUp();
  await using _ = gateway;
  gateway.putCounts(1, campaign, startMs, { sent: 3 });

  await call(gateway, `DELETE /marketing/v3/transactional/smtp-tokens/${token.id}`);

  assert.equal((await read(gateway, token.id)).counters.sent, 3);
});

test("an unknown and another account's token is 404, and without the scope it is 403", async () => {
  const { gateway, token } = await setUp();
  await using _ = gateway;
  const target = `GET /v1/smtp-tokens/${token.id}/statistics`;

  const stranger = await call(gateway, target, { key: gateway.addKey(2, ['transactional-email']) });
  const unknown = await call(gateway, 'GET /v1/smtp-tokens/0123456789@1.smtp.posthorn/statistics');
  const unscoped = await call(gateway, target, { key: gateway.addKey(1, ['content']) });

  assert.deepEqual([stranger.status, unknown.status, unscoped.status], [404, 404, 403]);
});

for (const [query, field] of [
  ['from=yesterday', 'from'],
  ['interval=week', 'interval'],
  ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
  ['from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
  ['from=2020-01-01T00:00:00Z', 'from'],
  ['interval=hour&from=2025-11-01T00:00:00Z', 'from'],
  ['until=2026-01-01T00:00:00Z', 'until'],
] as const) {
  test(`A09: statistics with ${query} are 400 and name the parameter`, async () => {
    const { gateway, token } = await setUp();
    await using _ = gateway;

    const answer = await call(gateway, `GET /v1/smtp-tokens/${token.id}/statistics?${query}`);

    assert.deepEqual([answer.status, errorOf(answer.body).fields], [400, [field]]);
  });
}

async function read(gateway: TestGateway, id: string, query = ''): Promise<SmtpTokenStatistics> {
  const { body } = await call(gateway, `GET /v1/smtp-tokens/${encodeURIComponent(id)}/statistics${query}`);
  return SmtpTokenStatistics.parse(body);
}

async function setUp() {
  const clock = createFakeClock(startMs);
  const gateway = await startTestGateway({ clock });
  const { body } = await call(gateway, 'POST /marketing/v3/transactional/smtp-tokens', {
    body: { campaignName: 'Shop receipts', createContact: true },
  });
  clock.advance(hourMs);
  const token = SmtpApiTokenView.parse(body);
  return { gateway, token, campaign: Number(token.emailCampaignId) };
}
