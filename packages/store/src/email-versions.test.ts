import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { EmailVersion } from '@posthorn/contracts';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

const version: EmailVersion = {
  accountId: 1,
  emailId: 4_126_643_121,
  version: 1,
  publishedAtMs: 5,
  name: 'Receipt',
  subject: '{{ custom.subject }}',
  previewText: '',
  fromName: 'Shop',
  fromAddress: 'orders@example.com',
  html: '<p>{{ contact.firstname }}</p>',
  text: '',
  links: [{ index: 0, target: 'https://example.com/{{ custom.id }}', isDynamic: true, isTracked: true }],
  contactProperties: ['firstname'],
};

test('a version comes back as it was stored, for its own account only', async () => {
  await store.emailVersions.insert(version);
  await store.emailVersions.insert({ ...version, version: 2, replyTo: 'help@example.com', links: [] });

  assert.deepEqual(await store.emailVersions.find(1, version.emailId, 1), version);
  assert.equal((await store.emailVersions.find(1, version.emailId, 2))?.replyTo, 'help@example.com');
  assert.equal(await store.emailVersions.find(2, version.emailId, 1), null);
  assert.equal(await store.emailVersions.find(1, version.emailId, 3), null);
});

test('a version number cannot be used twice', async () => {
  await store.emailVersions.insert({ ...version, version: 7 });

  await assert.rejects(store.emailVersions.insert({ ...version, version: 7, subject: 'other' }), (error) =>
    isFault(error, 'conflict'),
  );
});

test('versions that name a pool are found by it, the newest first', async () => {
  const named = { ...version, emailId: 77, pool: 'receipts' };
  for (const number of [1, 2]) await store.emailVersions.insert({ ...named, version: number });

  assert.deepEqual(await store.emailVersions.find(1, 77, 2), { ...named, version: 2 });
  assert.deepEqual(await store.emailVersions.listInPool('receipts', 10), [
    { accountId: 1, emailId: 77, version: 2 },
    { accountId: 1, emailId: 77, version: 1 },
  ]);
  assert.deepEqual(await store.emailVersions.listInPool('none', 10), []);
});
