import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import { newCampaignId, newEmailId } from './ids.ts';
import type { SmtpToken, StoredSmtpToken } from './smtp-tokens.ts';

const store = await withTestStore();
const tokens = store.smtpTokens;
after(() => store[Symbol.asyncDispose]());

test('a token is found by its user name, expired ones too, with all that it was stored with', async () => {
  const token = await put('a1', { expiresAtMs: 9 });
  const endless = await put('a2');

  assert.deepEqual(await tokens.find('a1'), token);
  assert.deepEqual(await tokens.find('a2'), endless);
  assert.equal(await tokens.find('none'), null);
});

test('a user name and a campaign id belong to one token for ever, deleted ones too', async () => {
  const token = await put('b1');
  await tokens.remove(10, 'b1');
  const isConflict = (error: unknown) => isFault(error, 'conflict');

  await assert.rejects(tokens.insert({ ...token, emailCampaignId: newCampaignId() }), isConflict);
  await assert.rejects(tokens.insert({ ...token, id: 'b2' }), isConflict);
});

test("a campaign's id is never an email's", () => {
  for (let round = 0; round < 1_000; round += 1) {
    assert.ok(newCampaignId() > 1_000_000_000_000);
    assert.ok(newEmailId() < 1_000_000_000_000);
  }
});

test('a reset gives the token another digest and the next generation, to its own account alone', async () => {
  const token = await put('c1');

  assert.equal(await tokens.reset(99, 'c1', 'other'), null);
  const { digest: _, ...shown } = token;
  assert.deepEqual(await tokens.reset(10, 'c1', 'other'), { ...shown, generation: 2 });

  assert.deepEqual(await tokens.find('c1'), { ...token, digest: 'other', generation: 2 });
});

test('a deleted token is gone for everybody; its campaign stays, without the password', async () => {
  const { digest: _, ...token } = await put('d1');

  assert.equal(await tokens.remove(99, 'd1'), false);
  assert.equal(await tokens.remove(10, 'd1'), true);
  assert.equal(await tokens.remove(10, 'd1'), false);

  assert.equal(await tokens.find('d1'), null);
  assert.equal(await tokens.reset(10, 'd1', 'other'), null);
  assert.deepEqual(await idsOf({ accountId: 10, campaignName: 'd1' }), []);
  assert.deepEqual(await tokens.findCampaign(10, 'd1'), { ...token, generation: 2 });
  assert.equal(await tokens.findCampaign(99, 'd1'), null);
});

test('a list is of one account, oldest first, in pages, and by name or campaign id', async () => {
  for (const [id, createdAtMs] of Object.entries({ e3: 30, e1: 10, e2: 10, e4: 40 }))
    await put(id, { accountId: 20, createdAtMs, campaignName: id === 'e4' ? 'other' : 'same' });
  await put('e5', { accountId: 21 });

  const first = await tokens.list({ accountId: 20, limit: 2 });
  const second = await tokens.list({ accountId: 20, limit: 2, after: first.nextCursor ?? '' });
  const { emailCampaignId = 0 } = second.tokens[0] ?? {};

  assert.deepEqual(namesOf(first.tokens), ['e1', 'e2']);
  assert.deepEqual(namesOf(second.tokens), ['e3', 'e4']);
  assert.equal(second.nextCursor, undefined);
  assert.ok(second.tokens.every((token) => !('digest' in token)));
  assert.deepEqual(await idsOf({ accountId: 20, campaignName: 'same' }), ['e1', 'e2', 'e3']);
  assert.deepEqual(await idsOf({ accountId: 20, emailCampaignId }), ['e3']);
  assert.deepEqual(await idsOf({ accountId: 20, campaignName: 'other', emailCampaignId }), []);
});

test('expired tokens are left out of lists and counts, from the millisecond on', async () => {
  await put('f1', { accountId: 30, expiresAtMs: 100 });
  await put('f2', { accountId: 30 });

  assert.deepEqual(await idsOf({ accountId: 30, aliveAtMs: 99 }), ['f1', 'f2']);
  assert.deepEqual(await idsOf({ accountId: 30, aliveAtMs: 100 }), ['f2']);
  assert.equal(await tokens.count(30, 99), 2);
  assert.equal(await tokens.count(30, 100), 1);
});

test('a cursor that no list gave out is refused', async () => {
  for (const cursor of ['', 'x', Buffer.from('{"a":1}').toString('base64url')])
    await assert.rejects(tokens.list({ accountId: 10, limit: 1, after: cursor }), (error) =>
      isFault(error, 'invalid_request'),
    );
});

test('the tokens of all accounts are read through by id', async () => {
  const seen: string[] = [];
  for (let page: StoredSmtpToken[] = []; ; ) {
    const after = page.at(-1)?.id;
    page = await tokens.listAll({ limit: 3, ...(after !== undefined && { after }) });
    seen.push(...page.map(({ id }) => id));
    if (page.length < 3) break;
  }

  assert.deepEqual(seen, [...seen].sort());
  assert.ok(['a1', 'c1', 'e5', 'f1'].every((id) => seen.includes(id)));
  assert.ok(!seen.includes('d1'));
});

async function put(id: string, fields: Partial<StoredSmtpToken> = {}): Promise<StoredSmtpToken> {
  const token: StoredSmtpToken = {
    ...{ id, accountId: 10, campaignName: id, emailCampaignId: newCampaignId(), createContact: true },
    ...{ createdAtMs: 5, createdBy: 'jane@shop.example', generation: 1, digest: 'digest' },
    ...fields,
  };
  await tokens.insert(token);
  return token;
}

async function idsOf(query: Omit<Parameters<typeof tokens.list>[0], 'limit'>): Promise<string[]> {
  return namesOf((await tokens.list({ ...query, limit: 10 })).tokens);
}

function namesOf(listed: readonly SmtpToken[]): string[] {
  return listed.map(({ id }) => id);
}
