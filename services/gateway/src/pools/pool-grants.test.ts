import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PoolView, PublicEmail } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { type Account, connectStore, type Store } from '@posthorn/store';
import { errorOf } from '../testing/error-of.ts';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';
import { createPoolGrants } from './pool-grants.ts';

const scope = new AsyncDisposableStack();
let gateway: Awaited<ReturnType<typeof startRealGateway>>;
let operator: string;
let store: Store;

before(async () => {
  gateway = scope.use(await startRealGateway());
  ({ key: operator } = await gateway.newKey('operator'));
  store = scope.use(await connectStore({ url: gateway.env.MONGODB_URL, log: silentLogger }));
  await store.whenReady();
});
after(() => scope.disposeAsync());

test('a pool of another account and one that does not exist get the same answer, wherever an email names one', async () => {
  const [owner, stranger] = [await tenant(), await tenant()];
  await make('acme');
  await grant('acme', owner.accountId);
  const { id } = await owner.create('acme');
  await stranger.create('default');
  const { id: own } = await stranger.create(undefined);

  const answersTo = async (pool: string) => {
    const made = await stranger.ask('POST /marketing/v3/emails', anEmail(pool));
    const changed = await stranger.ask(`PATCH /marketing/v3/emails/${own}`, { pool });
    const drafted = await stranger.ask(`PATCH /marketing/v3/emails/${own}/draft`, { pool });
    return [made, changed, drafted].map(({ status, body }) => ({ status, ...errorOf(body) }));
  };

  const [foreign, missing] = [await answersTo('acme'), await answersTo('there-is-none')];
  assert.deepEqual(foreign, missing);
  for (const { status, message } of foreign) {
    assert.equal(status, 400);
    assert.match(message, /pool: must be a pool that this account may send by: default$/);
  }
  assert.equal((await owner.ask(`POST /marketing/v3/emails/${id}/publish`)).status, 204);
});

test('whether a pool exists decides nothing about what is looked up for an account without a grant', async () => {
  const { grants, asked } = fakeGrants([]);

  await assert.rejects(grants.require({ accountId: 1, scopes: new Set(['content']) }, 'acme'));

  assert.deepEqual(asked, ['accounts.find']);
});

test('an account from before there were grants keeps the pools that its emails and settings name', async () => {
  const { grants, recorded } = fakeGrants([
    { ...anAccount, settings: { ...anAccount.settings, pool: 'of-settings' } },
  ]);

  await grants.grant(anAccount.accountId, 'new');
  await grants.grant(anAccount.accountId, 'newer');

  assert.deepEqual(recorded, [[anAccount.accountId, ['of-emails', 'of-settings']]]);
});

test('operators grant and revoke pools, and see who has one', async () => {
  const { accountId, ...account } = await tenant();
  await make('shown');

  const granted = await grant('shown', accountId);
  await grant('shown', accountId);
  const { id } = await account.create('shown');
  const revoked = await ask(`DELETE /v1/pools/shown/accounts/${accountId}`);

  assert.deepEqual(PoolView.parse(granted.body).accounts, [accountId]);
  assert.equal(revoked.status, 204);
  assert.deepEqual(PoolView.parse((await ask('GET /v1/pools/shown')).body).accounts, []);
  assert.equal((await account.ask(`POST /marketing/v3/emails/${id}/publish`)).status, 400);
});

test('a grant to no account, of no pool, or by no operator is refused, and so is taking what is not granted', async () => {
  const { accountId, key } = await tenant();
  await make('mine');
  const statusOf = async (target: string, by = operator) =>
    (await call({ ...gateway, key: by }, target)).status;

  assert.equal(await statusOf(`PUT /v1/pools/none/accounts/${accountId}`), 404);
  assert.equal(await statusOf('PUT /v1/pools/mine/accounts/12'), 404);
  assert.equal(await statusOf('PUT /v1/pools/mine/accounts/x'), 404);
  assert.equal(await statusOf(`DELETE /v1/pools/mine/accounts/${accountId}`), 404);
  assert.equal(await statusOf(`PUT /v1/pools/default/accounts/${accountId}`), 200);
  assert.equal(await statusOf(`DELETE /v1/pools/default/accounts/${accountId}`), 409);
  for (const method of ['PUT', 'DELETE'])
    assert.equal(await statusOf(`${method} /v1/pools/mine/accounts/${accountId}`, key), 403);
});

test('an operator’s key may name any pool, which grants it to the key’s account', async () => {
  const { key } = await gateway.newKey('operator,content');
  await make('trial');

  const made = await call({ ...gateway, key }, 'POST /marketing/v3/emails', { body: anEmail('trial') });

  assert.equal(made.status, 201);
  assert.ok((await store.accounts.find(gateway.accountId))?.pools?.includes('trial'));
});

test('a pool that is deleted is granted to nobody, also once there is another of its name', async () => {
  const account = await tenant();
  await make('again');
  await grant('again', account.accountId);

  await ask('DELETE /v1/pools/again');
  await make('again');

  assert.equal((await account.ask('POST /marketing/v3/emails', anEmail('again'))).status, 400);
});

test('the CLI grants and revokes, and an account that is told to send by a pool is granted it', async () => {
  const { accountId } = await tenant();
  await make('cli');
  const poolsOf = async () => (await store.accounts.find(accountId))?.pools;

  await gateway.admin(`pools grant --account ${accountId} --pool cli`);
  assert.deepEqual(await poolsOf(), ['cli']);
  await gateway.admin(`accounts set --account ${accountId} --pool cli`);
  await gateway.admin(`pools revoke --account ${accountId} --pool cli`);
  assert.deepEqual(await poolsOf(), []);
  assert.equal((await store.accounts.find(accountId))?.settings.pool, undefined);
  await gateway.admin(`accounts set --account ${accountId} --pool cli`);

  assert.deepEqual(await poolsOf(), ['cli']);
  assert.match(JSON.stringify(await gateway.admin('pools list')), new RegExp(`"cli".*\\[${accountId}\\]`));
  await assert.rejects(gateway.admin(`pools revoke --account ${accountId} --pool other`), /no grant/);
});

function anEmail(pool: string | undefined) {
  const from = { fromName: 'Shop', replyTo: 'orders@shop.test' };
  const content = { html: '<p>Hi</p>' };
  return { name: 'Receipt', subject: 'Hi', from, content, ...(pool && { pool }) };
}

async function tenant() {
  const { accountId } = Object(await gateway.admin('accounts create --name Tenant'));
  const { key } = Object(await gateway.admin(`keys create --account ${accountId} --name t`));
  const tell = (target: string, body?: object) => call({ ...gateway, key }, target, { body });
  const create = async (pool: string | undefined) =>
    PublicEmail.parse((await tell('POST /marketing/v3/emails', anEmail(pool))).body);
  return { accountId, key, ask: tell, create };
}

async function ask(target: string, body?: object) {
  return call({ ...gateway, key: operator }, target, { body });
}

async function make(name: string): Promise<void> {
  assert.equal((await ask('POST /v1/pools', { name })).status, 201);
}

async function grant(pool: string, accountId: number) {
  return ask(`PUT /v1/pools/${pool}/accounts/${accountId}`);
}

const anAccount: Account = {
  ...{ accountId: 7, name: 'Shop', isSuspended: false, createdAtMs: 1 },
  settings: {
    ...{ companyName: '', companyAddress: '', companyCity: '', companyState: '', companyZip: '' },
    ...{ companyCountry: '', onAmbiguous: 'retry', trackOpens: true, trackClicks: true },
  },
};

/** Returns grants on plain objects; every pool exists, and `old` are the accounts that have no list of pools yet. */
function fakeGrants(old: readonly Account[]) {
  const asked: string[] = [];
  const recorded: [number, readonly string[]][] = [];
  const grants = createPoolGrants({
    accounts: {
      find: async () => {
        asked.push('accounts.find');
        return anAccount;
      },
      listWithoutPools: async () => [...old],
      listIdsGranted: async () => [],
      recordPools: async (accountId, pools) => void recorded.push([accountId, pools]),
      grantPool: async () => true,
      revokePool: async () => true,
      revokePoolOfAll: async () => undefined,
    },
    pools: {
      find: async (name) => {
        asked.push('pools.find');
        return { name, createdAtMs: 1 };
      },
    },
    emailVersions: { listPools: async () => ['of-emails'] },
    defaultPool: 'default',
  });
  return { grants, asked, recorded };
}
