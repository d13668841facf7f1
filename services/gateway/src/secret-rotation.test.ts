import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DomainView } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import { runAdmin } from './admin/run-admin.ts';
import { startGateway } from './app.ts';
import { loadConfig } from './config.ts';
import { startRealGateway } from './testing/real-gateway.ts';
import { call } from './testing/test-gateway.ts';

// Not drawn at random: one in 256 would share its key id with the old one.
const [old, fresh, other] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
const settings = {
  POSTHORN_SECRET: old,
  ALLOW_PRIVATE_ADDRESSES: 'true',
  RETURN_PATH_HOST: 'bounces.posthorn.test',
  TRACKING_URL: 'http://t.posthorn.test',
};
const scope = new AsyncDisposableStack();
let first: Awaited<ReturnType<typeof startRealGateway>>;

before(async () => {
  first = scope.use(await startRealGateway(settings));
});
after(() => scope.disposeAsync());

test('a secret is replaced: what is made or used beside the new one outlives the old one, the rest ends with it', async () => {
  const [used, unused] = [await first.newKey(), await first.newKey()];
  const token = await makeToken(first);
  const domain = await makeDomain();
  await makeProxiedIp();

  const digestBefore = await digestOf(used.keyId);
  const made = await withGateway(`${fresh},${old}`, async (during) => {
    for (const key of [used.key, first.key]) assert.equal(await statusWith(during, key), 200);
    await untilRenewed(used.keyId, digestBefore);
    await untilSealed(domain);
    return { ...(await makeKey(`${fresh},${old}`)), token: await makeToken(during) };
  });
  const check = await admin(`${fresh},${old}`, 'secrets check');

  await withGateway(fresh, async (after) => {
    assert.equal(await statusWith(after, made.key), 200);
    assert.equal(await statusWith(after, used.key), 200);
    assert.equal(await statusWith(after, unused.key), 401);
  });
  assert.deepEqual(check['apiKeys'], [unused.keyId]);
  assert.ok(check['smtpTokens'].includes(token.id) && !check['smtpTokens'].includes(made.token.id));
  for (const kind of ['dkimKeys', 'ips']) assert.deepEqual(check[kind], { outdated: 0, unreadable: 0 }, kind);
  const [ip] = await withStore(fresh, (store) => store.ips.list());
  assert.equal(ip?.socks5?.password, 'secret');
});

test('the check counts what cannot be opened any more, and changes nothing', async () => {
  await makeDomain();

  const [one, two] = [await admin(other, 'secrets check'), await admin(other, 'secrets check')];

  assert.ok(one['dkimKeys'].unreadable >= 2);
  assert.deepEqual(one, two);
});

async function withGateway<T>(
  secret: string,
  work: (gateway: { baseUrl: string }) => Promise<T>,
): Promise<T> {
  await using gateway = await startGateway(
    loadConfig({ ...first.env, POSTHORN_SECRET: secret, PORT: '0' }),
    silentLogger,
  );
  const baseUrl = `http://127.0.0.1:${gateway.port}`;
  while (!(await fetch(`${baseUrl}/readyz`)).ok) await new Promise((go) => setTimeout(go, 20));
  return await work({ baseUrl });
}

async function withStore<T>(secret: string, work: (store: Store) => Promise<T>): Promise<T> {
  const seal = createSeal(secret);
  await using store = await connectStore({ url: first.env.MONGODB_URL, log: silentLogger, seal });
  await store.whenReady();
  return await work(store);
}

async function statusWith({ baseUrl }: { baseUrl: string }, key: string): Promise<number> {
  return (await call({ baseUrl, key }, 'GET /v1/account')).status;
}

async function admin(secret: string, command: string) {
  const { text } = await runAdmin([...command.split(' '), '--json'], {
    ...first.env,
    POSTHORN_SECRET: secret,
  });
  return JSON.parse(text);
}

async function makeKey(secret: string): Promise<{ key: string }> {
  return admin(secret, `keys create --account ${first.accountId} --name new`);
}

async function makeToken({ baseUrl }: { baseUrl: string }): Promise<{ id: string }> {
  const body = { campaignName: 'Shop', createContact: false };
  const answer = await call({ baseUrl, key: first.key }, 'POST /marketing/v3/transactional/smtp-tokens', {
    body,
  });
  return Object(answer.body);
}

async function makeDomain(): Promise<DomainView> {
  const domain = `${randomBytes(4).toString('hex')}.example`;
  return DomainView.parse((await call(first, 'POST /v1/domains', { body: { domain } })).body);
}

async function makeProxiedIp(): Promise<void> {
  const socks5 = { host: '127.0.0.1', port: 1080, username: 'mail', password: 'secret' };
  const body = { address: '127.0.0.77', ehloName: 'mx.posthorn.test', socks5 };
  assert.equal((await call(first, 'POST /v1/ips', { body })).status, 201);
}

async function digestOf(keyId: string): Promise<string> {
  return withStore(old, async (store) => (await store.apiKeys.find(keyId))?.digest ?? '');
}

async function untilRenewed(keyId: string, before: string): Promise<void> {
  while ((await digestOf(keyId)) === before) await new Promise((go) => setTimeout(go, 20));
}

/** Waits until the domain's private keys open with the new secret alone. */
async function untilSealed({ domain }: { domain: string }): Promise<void> {
  const isSealed = () =>
    withStore(fresh, (store) => store.dkimKeys.find(first.accountId, domain)).then(
      (keys) => keys.length === 2,
      () => false,
    );
  while (!(await isSealed())) await new Promise((go) => setTimeout(go, 20));
}
