import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import { draftSizeBytesMax, type Email, type NewEmail } from './emails.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

test('a draft comes back as it was written, whatever its keys are', async () => {
  const draft = {
    subject: 'Order {{ custom.id }}',
    content: JSON.parse('{"widgets":{"a.b":{"$set":1},"__proto__":{"x":[null,true,1.5]}}}'),
  };

  const email = await create({ draft });

  assert.match(String(email.emailId), /^\d{11,12}$/);
  assert.deepEqual(await store.emails.find(1, email.emailId), email);
  assert.deepEqual(email.draft, draft);
});

test('another account cannot see, change or delete an email', async () => {
  const { emailId } = await create();

  assert.equal(await store.emails.find(2, emailId), null);
  assert.deepEqual(await store.emails.update(2, emailId, { name: 'mine', atMs: 5 }), { kind: 'missing' });
  assert.deepEqual(await store.emails.delete(2, emailId, 5), { kind: 'missing' });
  assert.equal(await store.emails.allocateVersion(2, emailId), null);
});

test('a draft that is too large is refused before it is written (A05)', async () => {
  const draft = { content: 'x'.repeat(draftSizeBytesMax) };

  await assert.rejects(create({ draft }), (error) => isFault(error, 'too_large'));
});

test('an update changes what is given, raises the revision and is refused on an old one', async () => {
  const { emailId } = await create();

  const changed = await store.emails.update(1, emailId, { name: 'new', atMs: 20, expectedRevision: 1 });
  const late = await store.emails.update(1, emailId, { name: 'late', atMs: 30, expectedRevision: 1 });

  assert.equal(changed.kind, 'changed');
  assert.deepEqual(late, { kind: 'conflict' });
  const email = await store.emails.find(1, emailId);
  assert.deepEqual(
    [email?.name, email?.updatedAtMs, email?.revision, email?.type],
    ['new', 20, 2, 'SINGLE_SEND_API'],
  );
});

test('of parallel publishes of one revision one wins, and versions never repeat', async () => {
  const { emailId } = await create();

  const results = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const version = await store.emails.allocateVersion(1, emailId);
      assert.ok(version);
      const published = { version, state: 'AUTOMATED', atMs: 100 + index, expectedRevision: 1 };
      return { version, result: await store.emails.publish(1, emailId, published) };
    }),
  );

  assert.equal(new Set(results.map(({ version }) => version)).size, 8);
  const winners = results.filter(({ result }) => result.kind === 'changed');
  assert.equal(winners.length, 1);
  const email = await store.emails.find(1, emailId);
  assert.equal(email?.publishedVersion, winners[0]?.version);
  assert.equal(email?.isPublished, true);
  assert.equal(email?.state, 'AUTOMATED');
});

test('an unpublished email keeps its version number and says that it is not published', async () => {
  const { emailId } = await create();
  await store.emails.publish(1, emailId, { version: 1, state: 'AUTOMATED', atMs: 20, expectedRevision: 1 });

  const changed = await store.emails.unpublish(1, emailId, { state: 'AUTOMATED_DRAFT', atMs: 30 });

  assert.ok(changed.kind === 'changed');
  assert.equal(changed.email.isPublished, false);
  assert.equal(changed.email.publishedVersion, 1);
  assert.equal(changed.email.unpublishedAtMs, 30);
});

test('a deleted email is gone for every call and a second delete says so', async () => {
  const { emailId } = await create();

  assert.equal((await store.emails.delete(1, emailId, 20)).kind, 'changed');

  assert.equal(await store.emails.find(1, emailId), null);
  assert.deepEqual(await store.emails.delete(1, emailId, 30), { kind: 'missing' });
});

test('pages follow each other without gaps or repeats in every order', async () => {
  const accountId = 50;
  for (let index = 0; index < 7; index += 1) {
    await create({ accountId, name: `name ${index % 3}`, atMs: 1_000 + (index % 2) });
  }

  for (const field of ['createdAt', 'updatedAt', 'publishedAt', 'name'] as const) {
    for (const descending of [false, true]) {
      const ids = await walk(accountId, { field, descending });
      assert.equal(ids.length, 7);
      assert.equal(new Set(ids).size, 7, `${field} ${descending}`);
    }
  }
});

test('filters choose by type, publication, archive and time', async () => {
  const accountId = 60;
  const first = await create({ accountId, atMs: 100 });
  const second = await create({ accountId, atMs: 200, type: 'AUTOMATED_EMAIL' });
  await store.emails.publish(accountId, second.emailId, {
    version: 1,
    state: 'AUTOMATED',
    atMs: 300,
    expectedRevision: 1,
  });
  const list = async (filter: object) =>
    (await store.emails.list({ accountId, limit: 10, ...filter })).emails.map(({ emailId }) => emailId);

  assert.deepEqual(await list({}), [first.emailId, second.emailId]);
  assert.deepEqual(await list({ types: ['AUTOMATED_EMAIL', 'BATCH_EMAIL'] }), [second.emailId]);
  assert.deepEqual(await list({ isPublished: false }), [first.emailId]);
  assert.deepEqual(await list({ created: { afterMs: 100 } }), [second.emailId]);
  assert.deepEqual(await list({ created: { beforeMs: 200 } }), [first.emailId]);
  assert.deepEqual(await list({ updated: { afterMs: 250 } }), [second.emailId]);
  assert.deepEqual(await list({ published: { afterMs: 250, beforeMs: 350 } }), [second.emailId]);
  assert.deepEqual(await list({ archived: true }), []);
});

test('a cursor that no list made is refused as a bad request', async () => {
  for (const after of ['x', Buffer.from('[{"$gt":0},1]').toString('base64url'), '']) {
    await assert.rejects(store.emails.list({ accountId: 1, limit: 1, after }), (error) =>
      isFault(error, 'invalid_request'),
    );
  }
});

async function walk(
  accountId: number,
  sort: { field: 'createdAt' | 'updatedAt' | 'publishedAt' | 'name'; descending: boolean },
) {
  const ids: number[] = [];
  let after: string | undefined;
  do {
    const page = await store.emails.list({ accountId, limit: 2, sort, ...(after ? { after } : {}) });
    assert.equal(page.total, 7);
    ids.push(...page.emails.map(({ emailId }) => emailId));
    after = page.nextCursor;
  } while (after);
  return ids;
}

function create(fields: Partial<NewEmail> = {}): Promise<Email> {
  return store.emails.create({
    accountId: 1,
    name: 'Receipt',
    type: 'SINGLE_SEND_API',
    subcategory: 'single_send_api',
    state: 'AUTOMATED_DRAFT',
    draft: {},
    atMs: 10,
    ...fields,
  });
}
