import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SuppressionPage, SuppressionView } from '@posthorn/contracts';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const path = '/v1/suppressions';

test('an address that is added is on the list with its reason, and off it once removed', async () => {
  await using gateway = await startTestGateway();

  const added = await call(gateway, `POST ${path}`, {
    body: { email: 'Jane <jane@EXAMPLE.com>', reason: 'asked' },
  });

  assert.equal(added.status, 201);
  const [origin] = SuppressionView.parse(added.body).origins;
  assert.deepEqual([origin?.origin, origin?.reason], ['manual', 'asked']);
  assert.deepEqual((await list(gateway)).results, [added.body]);
  const email = encodeURIComponent(SuppressionView.parse(added.body).email);
  assert.equal((await call(gateway, `DELETE ${path}/${email}`)).status, 204);
  assert.equal((await call(gateway, `DELETE ${path}/${email}`)).status, 404);
  assert.deepEqual((await list(gateway)).results, []);
});

test('the list comes in pages by address, and by origin where one is asked for', async () => {
  await using gateway = await startTestGateway();
  const event = { accountId: 1, email: 'b@example.com', origin: 'bounce', atMs: 1, status: '5.1.1' } as const;
  await gateway.store.suppressions.addMany([event]);
  for (const name of ['c', 'a'])
    await call(gateway, `POST ${path}`, { body: { email: `${name}@example.com` } });

  const first = await list(gateway, '?limit=2');
  const second = await list(gateway, `?limit=2&after=${first.paging?.next.after}`);
  const bounced = await list(gateway, '?origin=bounce');

  const emails = [first, second, bounced].map(({ results }) => results.map(({ email }) => email));
  assert.deepEqual(emails, [['a@example.com', 'b@example.com'], ['c@example.com'], ['b@example.com']]);
  assert.equal(bounced.results[0]?.origins[0]?.status, '5.1.1');
  assert.equal(second.paging, undefined);
});

test('A09: a cursor that was made up, or given to another account, is refused', async () => {
  await using gateway = await startTestGateway();
  for (const name of ['a', 'b'])
    await call(gateway, `POST ${path}`, { body: { email: `${name}@example.com` } });
  const { paging } = await list(gateway, '?limit=1');
  const other = { ...gateway, key: gateway.addKey(2, ['transactional-email']) };

  for (const [world, after] of [
    [gateway, 'made-up'],
    [other, paging?.next.after],
  ] as const) {
    const { status, body } = await call(world, `GET ${path}?after=${after}`);
    assert.equal(status, 400);
    assert.match(errorOf(body).message, /paging cursor/);
  }
});

test('what is no address, or a field that there is not, is refused with 400', async () => {
  await using gateway = await startTestGateway();

  for (const body of [{ email: 'nobody' }, {}, { email: 'a@example.com', origin: 'bounce' }, { email: '' }])
    assert.equal((await call(gateway, `POST ${path}`, { body })).status, 400, JSON.stringify(body));
  assert.equal((await call(gateway, `GET ${path}?origin=other`)).status, 400);
  assert.equal((await call(gateway, `GET ${path}?limit=101`)).status, 400);
});

test('a key without the scope is refused, one account sees nothing of another', async () => {
  await using gateway = await startTestGateway();
  await call(gateway, `POST ${path}`, { body: { email: 'a@example.com' } });
  const other = { ...gateway, key: gateway.addKey(2, ['transactional-email']) };

  assert.equal((await call(gateway, `GET ${path}`, { key: gateway.addKey(1, ['content']) })).status, 403);
  assert.deepEqual((await list(other)).results, []);
  assert.equal((await call(other, `DELETE ${path}/a%40example.com`)).status, 404);
});

test('while MongoDB is away each answers 503', async () => {
  await using gateway = await startTestGateway();
  await list(gateway);
  gateway.away.mongodb = true;

  for (const [target, body] of [
    [`GET ${path}`, undefined],
    [`POST ${path}`, { email: 'a@example.com' }],
    [`DELETE ${path}/a%40example.com`, undefined],
  ] as const)
    assert.equal((await call(gateway, target, { body })).status, 503, target);
});

async function list(gateway: Parameters<typeof call>[0], query = '') {
  const { status, body } = await call(gateway, `GET ${path}${query}`);
  assert.equal(status, 200);
  return SuppressionPage.parse(body);
}
