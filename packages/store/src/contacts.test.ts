import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { withTestStore } from '@posthorn/testing';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

test('an address has one contact whatever the case of its domain, and the local part keeps its own', async () => {
  await store.contacts.upsertMany([write('Jane@EXAMPLE.com', { firstname: 'Jane' }, 10)]);
  await store.contacts.upsertMany([write('Jane@example.com', { lastname: 'Doe' }, 20)]);

  const found = await store.contacts.findMany(1, ['Jane@Example.Com', 'jane@example.com']);

  assert.deepEqual([...found], [['Jane@Example.Com', { firstname: 'Jane', lastname: 'Doe' }]]);
});

test('of two values the later stays, in whatever order and however often they are written', async () => {
  const older = write('late@example.com', { city: 'Oslo', old: 'yes' }, 10);
  const newer = write('late@example.com', { city: 'Bergen' }, 20);

  await store.contacts.upsertMany([newer, older, newer]);
  await store.contacts.upsertMany([older]);

  const found = await store.contacts.findMany(1, ['late@example.com']);
  assert.deepEqual(found.get('late@example.com'), { city: 'Bergen', old: 'yes' });
});

test('property names that would be operators or paths are stored as names (A02)', async () => {
  const properties = JSON.parse('{"a.b":"1","$set":"2","__proto__":"3","100%":"4","":"5","%2e":"6"}');

  await store.contacts.upsertMany([write('odd@example.com', properties, 10)]);

  const found = await store.contacts.findMany(1, ['odd@example.com']);
  assert.deepEqual(found.get('odd@example.com'), properties);
});

test('contacts of another account stay unknown', async () => {
  await store.contacts.upsertMany([write('own@example.com', { a: '1' }, 10)]);

  assert.equal((await store.contacts.findMany(2, ['own@example.com'])).size, 0);
});

test('many writers may make one contact at once', async () => {
  const writes = Array.from({ length: 20 }, (_, index) =>
    write('many@example.com', { [`p${index}`]: 'x' }, 10),
  );

  await Promise.all(writes.map((one) => store.contacts.upsertMany([one])));

  const found = await store.contacts.findMany(1, ['many@example.com']);
  assert.equal(Object.keys(found.get('many@example.com') ?? {}).length, 20);
});

test('writing no contacts is allowed, and a contact may have no properties', async () => {
  await store.contacts.upsertMany([]);
  await store.contacts.upsertMany([write('empty@example.com', {}, 10)]);

  const found = await store.contacts.findMany(1, ['empty@example.com']);
  assert.deepEqual(found.get('empty@example.com'), {});
});

function write(email: string, properties: Record<string, string>, atMs: number) {
  return { accountId: 1, email, properties, atMs };
}
