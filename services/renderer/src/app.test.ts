import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authenticate } from 'mailauth';
import { simpleParser } from 'mailparser';
import { accountId, aSend, aVersion, shopRecords } from './fixture.ts';
import { startRunningRenderer } from './testing/running-renderer.ts';

test('one send in, one signed rendition and one SENT event out', { timeout: 60_000 }, async () => {
  await using system = await startRunningRenderer();
  const item = aSend({ contactProperties: { firstname: 'Jane' }, acceptedAtMs: Date.now() });

  await system.sends.post(item);
  const { dispatched, events } = await system.whenOut({ dispatched: 1, events: 1 });

  const rendition = Buffer.from(dispatched[0]?.rendition ?? '', 'latin1');
  const mail = await simpleParser(rendition);
  assert.match(String(mail.html), /Hi Jane/);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['SENT'],
  );
  const { dkim } = await authenticate(rendition, {
    ...{
      ip: '127.0.0.1',
      helo: 'x.test',
      sender: 'orders@shop.test',
      disableArc: true,
      disableDmarc: true,
      disableBimi: true,
    },
    resolver: async (name: string) => [[shopRecords[name] ?? '']],
  });
  assert.deepEqual(
    dkim.results.map(({ status }) => status.result),
    ['pass', 'pass'],
  );
  const contacts = await system.store.contacts.findMany(accountId, ['jane@example.com']);
  assert.deepEqual(contacts.get('jane@example.com'), { firstname: 'Jane' });
});

test('two hundred sends of many bags come out once each, and the service is live and ready', {
  timeout: 60_000,
}, async () => {
  await using system = await startRunningRenderer();
  const items = Array.from({ length: 200 }, (_, index) =>
    aSend({ to: `u${index}@example.com`, acceptedAtMs: Date.now() }),
  );

  await system.sends.postAll(items);
  const { dispatched, events } = await system.whenOut({ dispatched: 200, events: 200 });

  assert.deepEqual(
    new Set(dispatched.map(({ statusId }) => statusId)),
    new Set(items.map(({ statusId }) => statusId)),
  );
  assert.equal(new Set(events.map(({ id }) => id)).size, 200);
  for (const page of ['livez', 'readyz']) {
    const answer = await fetch(`http://127.0.0.1:${system.healthPort}/${page}`);
    assert.equal(answer.status, 200, await answer.text());
  }
});

test('a send leaves by its email’s pool, else its account’s, also where they share a bag', {
  timeout: 60_000,
}, async () => {
  await using system = await startRunningRenderer({ accountPool: 'own' });
  await system.store.emailVersions.insert({ ...aVersion(), version: 2, pool: 'receipts' });
  await system.store.accounts.grantPool(accountId, 'receipts');
  const [byAccount, byEmail] = [
    aSend({ acceptedAtMs: Date.now() }),
    aSend({ version: 2, acceptedAtMs: Date.now() }),
  ];

  await system.sends.postAll([byAccount, byEmail]);
  const { dispatched } = await system.whenOut({ dispatched: 2, events: 2 });

  const pools = new Map(dispatched.map(({ statusId, pool }) => [statusId, pool]));
  assert.deepEqual([pools.get(byAccount.statusId), pools.get(byEmail.statusId)], ['own', 'receipts']);
});
