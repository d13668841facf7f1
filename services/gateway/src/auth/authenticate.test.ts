import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@posthorn/runtime';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const send = 'POST /marketing/v3/transactional/single-email/send';
const body = { emailId: 42, message: { to: 'jdoe@example.com' } };

test('A05: a missing, malformed, unknown, wrong, revoked or expired key are one and the same 401', async () => {
  await using gateway = await startTestGateway();
  const other = gateway.addKey(1, []);
  const wrong = gateway.key.slice(0, 20) + other.slice(20);
  const headers = [
    {},
    { authorization: 'Bearer' },
    { authorization: 'Bearer pat-na1-nothing' },
    { authorization: `Basic ${gateway.key}` },
    { authorization: `Bearer ${wrong}` },
    { authorization: `Bearer ${gateway.addKey(1, ['transactional-email'], { revokedAtMs: 1 })}` },
    { authorization: `Bearer ${gateway.addKey(1, ['transactional-email'], { expiresAtMs: 1 })}` },
  ];

  const answers = await Promise.all(
    headers.map((given) => call(gateway, send, { body, key: null, headers: given })),
  );

  const said = answers.map(({ status, body: answer }) => JSON.stringify({ status, ...errorOf(answer) }));
  assert.equal(new Set(said).size, 1);
  assert.match(said[0] ?? '', /401.*INVALID_AUTHENTICATION/);
  assert.equal(gateway.posted.length, 0);
});

test('A05: a key without the scope is 403 and told which scopes would do', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, send, { body, key: gateway.addKey(1, ['content']) });

  assert.equal(answer.status, 403);
  assert.equal(errorOf(answer.body).category, 'MISSING_SCOPES');
  assert.match(JSON.stringify(answer.body), /"requiredScopes":\["transactional-email"\]/);
});

test('A05: a key in the URL is refused with 400, also beside a good one in the header', async () => {
  await using gateway = await startTestGateway();
  const path = '/marketing/v3/transactional/single-email/send';
  const queries = ['hapikey=x', 'access_token=x', `q=${gateway.key}`, 'a=1&api_key=x'];

  for (const query of queries) {
    const answer = await call(gateway, `POST ${path}?${query}`, { body });
    assert.equal(answer.status, 400);
  }
});

test('A05: a revoked key stops working within five seconds', async () => {
  const clock = createFakeClock();
  await using gateway = await startTestGateway({ clock });
  await call(gateway, send, { body });
  for (const [id, key] of gateway.keys) gateway.keys.set(id, { ...key, revokedAtMs: 1 });

  clock.advance(5_000);

  assert.equal((await call(gateway, send, { body })).status, 401);
});

test('A05: a key that was seen before goes on working while MongoDB is away, one that was not is 503', async () => {
  const clock = createFakeClock();
  await using gateway = await startTestGateway({ clock });
  const unseen = gateway.addKey(1, ['transactional-email']);
  await call(gateway, send, { body });
  gateway.away.mongodb = true;

  clock.advance(60 * 60_000);

  assert.equal((await call(gateway, send, { body })).status, 200);
  assert.equal((await call(gateway, send, { body, key: unseen })).status, 503);
});

test('A05: an unknown id takes as long as a wrong secret, within a millisecond', async () => {
  await using gateway = await startTestGateway();
  const unknown = gateway.addKey(1, []);
  gateway.keys.delete(unknown.slice(8, 20));
  const authenticate = gateway.authenticate;
  const millisecondsOf = async (key: string) => {
    const times: number[] = [];
    for (let index = 0; index < 2_000; index += 1) {
      const startedAt = performance.now();
      await authenticate(`Bearer ${key}`).catch(() => undefined);
      times.push(performance.now() - startedAt);
    }
    return times.toSorted((a, b) => a - b)[1_000] ?? 0;
  };

  const good = await millisecondsOf(gateway.key);
  const none = await millisecondsOf(unknown);

  assert.ok(Math.abs(good - none) < 1, `${good} ms, ${none} ms`);
});

test('the account behind a key can be asked for with any key', async () => {
  await using gateway = await startTestGateway();
  const key = gateway.addKey(7, []);

  const answer = await call(gateway, 'GET /v1/account', { key });

  const { accountId, keyId, scopes } = Object(answer.body);
  assert.deepEqual({ accountId, keyId, scopes }, { accountId: 7, keyId: key.slice(8, 20), scopes: [] });
});
