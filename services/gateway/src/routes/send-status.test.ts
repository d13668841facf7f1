import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const path = '/marketing/v3/email/send-statuses';

test('an issued send that is not recorded yet is PENDING since the time in its id', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, Date.UTC(2026, 7, 2, 10));

  const answer = await call(gateway, `GET ${path}/${statusId}`);

  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { statusId, status: 'PENDING', requestedAt: '2026-08-02T10:00:00.000Z' });
});

test('a recorded send shows its result, and only what HubSpot shows', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, Date.UTC(2026, 7, 2, 10));
  const view = {
    statusId,
    status: 'COMPLETE' as const,
    sendResult: 'SENT' as const,
    requestedAt: '2026-08-02T10:00:00.000Z',
    startedAt: '2026-08-02T10:00:00.010Z',
    completedAt: '2026-08-02T10:00:00.020Z',
    eventId: { id: '5f8e6f3c-7b0a-4c7e-9a52-0e8b6f8a3a11', created: '2026-08-02T10:00:00.020Z' },
  };
  gateway.recorded.set(`1:${statusId}`, {
    statusId,
    accountId: 1,
    emailId: 42,
    view,
    deliveries: [],
    opens: {},
    clicks: {},
  });

  assert.deepEqual((await call(gateway, `GET ${path}/${statusId}`)).body, view);
});

test('A04: an id of another account, a forged id and nonsense all answer the same 404', async () => {
  await using gateway = await startTestGateway();
  const ids = [
    gateway.statusIds.issue(2, Date.now()),
    '0198f0a0-0000-8000-8000-000000000000',
    'nonsense',
    'a'.repeat(5_000),
  ];

  const answers = await Promise.all(ids.map((id) => call(gateway, `GET ${path}/${id}`)));

  for (const { status, body } of answers) {
    assert.equal(status, 404);
    assert.deepEqual(
      { ...Object(body), correlationId: '' },
      {
        status: 'error',
        message: 'There is no send with this statusId.',
        correlationId: '',
        category: 'OBJECT_NOT_FOUND',
      },
    );
  }
});

test('while MongoDB is away the status is 503, not a PENDING that may be wrong', async () => {
  await using gateway = await startTestGateway();
  const statusId = gateway.statusIds.issue(1, Date.now());
  await call(gateway, `GET ${path}/${statusId}`);
  gateway.away.mongodb = true;

  assert.equal((await call(gateway, `GET ${path}/${statusId}`)).status, 503);
});
