import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyringFromSecret } from '@posthorn/mail';
import { isFault } from '@posthorn/runtime';
import { call, startTestGateway } from '../testing/test-gateway.ts';
import { type CursorOf, createCursors } from './cursors.ts';

const cursors = createCursors(keyringFromSecret('a'.repeat(32)));
const emails: CursorOf = { list: 'emails', accountId: 1 };

test('A09: a cursor opens for the list and account that it was sealed for, and for no other', () => {
  const sealed = cursors.seal(emails, 'page-2');
  const others: [CursorOf, string][] = [
    [{ ...emails, list: 'domains' }, sealed],
    [{ ...emails, accountId: 2 }, sealed],
    [emails, sealed.replace('2', '3')],
    [emails, 'page-2'],
    [emails, ''],
    [emails, `${sealed.slice(0, -1)}é`],
  ];

  assert.equal(cursors.open(emails, sealed), 'page-2');
  assert.equal(cursors.open(emails, undefined), undefined);
  for (const [of, text] of others)
    assert.throws(
      () => cursors.open(of, text),
      (error) => isFault(error, 'invalid_request'),
      text,
    );
});

test('a cursor goes on while the secret is replaced, and ends with the secret it was sealed under', () => {
  const [old, fresh] = ['a'.repeat(32), 'b'.repeat(32)];
  const sealed = cursors.seal(emails, 'page-2');

  assert.equal(createCursors(keyringFromSecret(`${fresh},${old}`)).open(emails, sealed), 'page-2');
  assert.throws(() => createCursors(keyringFromSecret(fresh)).open(emails, sealed));
});

test('A09: a cursor of one list is 400 at every other list', async () => {
  await using gateway = await startTestGateway();
  gateway.putEmail({ accountId: 1, emailId: 43 });
  const key = gateway.addKey(1, ['content', 'transactional-email', 'cms.domains.read', 'operator']);
  const page = await call(gateway, 'GET /marketing/v3/emails?limit=1', { key });
  const after = encodeURIComponent(/"after":"([^"]+)"/.exec(JSON.stringify(page.body))?.[1] ?? '');

  const statusAt = async (path: string) =>
    (await call(gateway, `GET ${path}?after=${after}`, { key })).status;

  assert.notEqual(after, '');
  assert.equal(await statusAt('/marketing/v3/emails'), 200);
  for (const path of [
    '/v1/domains',
    '/v1/suppressions',
    '/v1/sites',
    '/marketing/v3/transactional/smtp-tokens',
  ])
    assert.equal(await statusAt(path), 400, path);
});
