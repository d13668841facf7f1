import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SitePage } from '@posthorn/contracts';
import type { SiteView } from '@posthorn/shaping';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const atMs = Date.UTC(2026, 7, 2, 10);

test('a site is shown with its limits, what holds now, and which reply made it so', async () => {
  await using gateway = await setUp();
  gateway.siteRows.push(suspended);

  const { status, body } = await call(gateway, 'GET /v1/sites');

  assert.equal(status, 200);
  assert.deepEqual(body, {
    results: [
      {
        site: 'google.com',
        ip: '192.0.2.1',
        rules: 'google.com',
        limits: { connections: 5, messagesPerConnection: 50, messageRate: '50/s', burst: 10 },
        inForce: { connections: 0, messagesPerMinute: 0, suspendedUntil: '2026-08-02T11:00:00.000Z' },
        openConnections: 2,
        lineEndsAt: '2026-08-02T10:00:05.000Z',
        overrides: [
          {
            ...{ id: 'o1', rule: 'google.com.held-for-spam', kind: 'suspend', state: 'in force' },
            reply: '421 4.7.0 Our system has detected that this message …',
            since: '2026-08-02T10:00:00.000Z',
            until: '2026-08-02T11:00:00.000Z',
            endsAt: '2026-08-02T13:00:00.000Z',
          },
        ],
      },
    ],
  });
});

test('the list comes in pages, by site and by address where one is asked for', async () => {
  await using gateway = await setUp();
  for (const [site, ip] of [
    ['a.example', '192.0.2.1'],
    ['a.example', '192.0.2.2'],
    ['b.example', '192.0.2.1'],
  ] as const)
    gateway.siteRows.push({ ...suspended, site, ip });

  const first = await list(gateway, '?limit=2');
  const second = await list(gateway, `?limit=2&after=${first.paging?.next.after}`);
  const ofSite = await list(gateway, '?site=a.example&ip=192.0.2.2');

  assert.deepEqual(
    [first, second, ofSite].map(({ results }) => results.map(({ site, ip }) => `${site} ${ip}`)),
    [['a.example 192.0.2.1', 'a.example 192.0.2.2'], ['b.example 192.0.2.1'], ['a.example 192.0.2.2']],
  );
  assert.equal(second.paging, undefined);
});

test('A09: a cursor that was made up is refused, and so are parameters that there are not', async () => {
  await using gateway = await setUp();

  const { status, body } = await call(gateway, 'GET /v1/sites?after=made-up');

  assert.equal(status, 400);
  assert.match(errorOf(body).message, /paging cursor/);
  for (const query of ['?limit=0', '?limit=101', '?domain=x', '?ip[$ne]=1'])
    assert.equal((await call(gateway, `GET /v1/sites${query}`)).status, 400, query);
});

test('an override is lifted by its id; an unknown one is 404', async () => {
  await using gateway = await setUp();
  gateway.siteRows.push(suspended);

  assert.equal((await call(gateway, 'DELETE /v1/sites/overrides/o1')).status, 204);
  assert.equal((await call(gateway, 'DELETE /v1/sites/overrides/o2')).status, 404);
});

test('only an operator’s key may look or lift', async () => {
  await using gateway = await setUp();
  const key = gateway.addKey(1, ['transactional-email', 'marketing-email', 'content']);

  assert.equal((await call(gateway, 'GET /v1/sites', { key })).status, 403);
  assert.equal((await call(gateway, 'DELETE /v1/sites/overrides/o1', { key })).status, 403);
});

test('while Redis is away both answer 503', async () => {
  await using gateway = await setUp();
  gateway.away.redis = true;

  assert.equal((await call(gateway, 'GET /v1/sites')).status, 503);
  assert.equal((await call(gateway, 'DELETE /v1/sites/overrides/o1')).status, 503);
});

const suspended: SiteView = {
  site: 'google.com',
  ip: '192.0.2.1',
  block: 'google.com',
  limits: { connections: 5, messagesPerConnection: 50, messageRate: '50/s', burst: 10 },
  inForce: { connections: 0, messagesPerMinute: 0, suspendedUntilMs: atMs + 3_600_000 },
  openConnections: 2,
  lineEndsAtMs: atMs + 5_000,
  overrides: [
    {
      ...{ id: 'o1', rule: 'google.com.held-for-spam', kind: 'suspend', state: 'in force' },
      reply: '421 4.7.0 Our system has detected that this message …',
      ...{ sinceMs: atMs, untilMs: atMs + 3_600_000, endMs: atMs + 10_800_000 },
    },
  ],
};

async function setUp() {
  const gateway = await startTestGateway();
  return Object.assign(gateway, { key: gateway.addKey(1, ['operator']) });
}

async function list(gateway: Parameters<typeof call>[0], query: string) {
  const { status, body } = await call(gateway, `GET /v1/sites${query}`);
  assert.equal(status, 200);
  return SitePage.parse(body);
}
