import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Client } from '@hubspot/api-client';
import { digestsFromSecret } from '@posthorn/mail';
import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import { startRealGateway } from './testing/real-gateway.ts';

let gateway: Awaited<ReturnType<typeof startRealGateway>>;
let tokens: Client['marketing']['transactional']['publicSMTPTokensApi'];

before(async () => {
  gateway = await startRealGateway();
  tokens = clientOf(gateway.key).marketing.transactional.publicSMTPTokensApi;
});
after(() => gateway[Symbol.asyncDispose]());

test("HubSpot's client creates, reads, lists, resets and deletes an SMTP token", async () => {
  const created = await tokens.createToken({ campaignName: 'Receipts', createContact: true });
  const read = await tokens.getTokenById(created.id);
  const reset = await tokens.resetPassword(created.id);
  const byName = await tokens.getTokensPage('Receipts');
  const byCampaign = await tokens.getTokensPage(undefined, created.emailCampaignId);
  const byOther = await tokens.getTokensPage('Other');
  await tokens.archiveToken(created.id);

  assert.match(created.id, new RegExp(`^[0-9a-z]{10}@${gateway.accountId}\\.smtp\\.posthorn$`));
  assert.match(created.password ?? '', /^[0-9A-Za-z]{30}$/);
  assert.ok(created.createdAt instanceof Date);
  assert.deepEqual([created.campaignName, created.createContact], ['Receipts', true]);
  assert.equal(typeof created.emailCampaignId, 'string');
  assert.match(created.createdBy, /^\S+@\S+$/);
  assert.deepEqual({ ...read, password: undefined }, { ...created, password: undefined });
  assert.equal(read.password, undefined);
  assert.match(reset.password ?? '', /^[0-9A-Za-z]{30}$/);
  assert.notEqual(reset.password, created.password);
  assert.deepEqual([byName.results.map(({ id }) => id), byName.paging], [[created.id], undefined]);
  assert.deepEqual(
    byCampaign.results.map(({ id }) => id),
    [created.id],
  );
  assert.deepEqual(byOther.results, []);
  await assert.rejects(tokens.getTokenById(created.id), { code: 404 });
  await assert.rejects(tokens.resetPassword(created.id), { code: 404 });
  await assert.rejects(tokens.archiveToken(created.id), { code: 404 });
});

test("HubSpot's client reads every page of the tokens", async () => {
  const made: string[] = [];
  for (let index = 0; index < 5; index += 1)
    made.push((await tokens.createToken({ campaignName: 'Paged', createContact: false })).id);

  const listed: string[] = [];
  for (let after: string | undefined, isMore = true; isMore; ) {
    const page = await tokens.getTokensPage('Paged', undefined, after, 2);
    listed.push(...page.results.map(({ id }) => id));
    after = page.paging?.next?.after;
    isMore = after !== undefined;
  }

  assert.deepEqual(listed.toSorted(), made.toSorted());
});

test("HubSpot's client is refused another account's token", async () => {
  const { id } = await tokens.createToken({ campaignName: 'Ours', createContact: false });
  const { accountId } = Object(await gateway.admin('accounts create --name Other'));
  const { key } = Object(await gateway.admin(`keys create --account ${accountId} --name k --scopes all`));
  const strangers = clientOf(key).marketing.transactional.publicSMTPTokensApi;

  await assert.rejects(strangers.getTokenById(id), { code: 404 });
  await assert.rejects(strangers.resetPassword(id), { code: 404 });
  await assert.rejects(strangers.archiveToken(id), { code: 404 });
  assert.deepEqual((await strangers.getTokensPage()).results, []);
  assert.equal((await tokens.getTokenById(id)).id, id);
});

test('a reset is in MongoDB before Redis tells of it, by a counter and by a message', async () => {
  await using store = await connectStore({ url: gateway.env.MONGODB_URL, log: silentLogger });
  await using redis = await connectRedis({ url: gateway.env.REDIS_URL, role: 'worker', log: silentLogger });
  await store.whenReady();
  const { id, password = '' } = await tokens.createToken({ campaignName: 'Told', createContact: false });
  const { check } = digestsFromSecret(gateway.env.POSTHORN_SECRET);
  const channel = 'ph:smtp-tokens:changed';
  const before = Number(await redis.client.get(channel));
  using closing = new DisposableStack();
  const listener = closing.adopt(redis.open(), (client) => client.disconnect());
  await listener.subscribe(channel);
  const told = once(listener, 'message');

  const resetting = tokens.resetPassword(id);
  const message = await told;
  const digest = (await store.smtpTokens.find(id))?.digest ?? '';
  const reset = await resetting;

  assert.deepEqual(message, [channel, id]);
  assert.equal(Number(await redis.client.get(channel)), before + 1);
  assert.equal(check(password, digest), 'wrong');
  assert.equal(check(reset.password ?? '', digest), 'current');
});

function clientOf(accessToken: string): Client {
  return new Client({ accessToken, basePath: gateway.baseUrl });
}
