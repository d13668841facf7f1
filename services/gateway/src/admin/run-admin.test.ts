import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { type TestMongo, withTestMongo } from '@posthorn/testing';
import { runAdmin } from './run-admin.ts';

let mongo: TestMongo;
let env: Record<string, string>;

before(async () => {
  mongo = await withTestMongo();
  const url = new URL(mongo.url);
  url.pathname = `/${mongo.dbName}`;
  env = { MONGODB_URL: url.href, POSTHORN_SECRET: 'x'.repeat(32) };
});
after(() => mongo[Symbol.asyncDispose]());

test('an account and a key are made, listed and revoked, and only their making shows the key', async () => {
  const { accountId } = await json('accounts create --name Shop');
  const made = await json(
    `keys create --account ${accountId} --name web --scopes transactional-email,content --days 30`,
  );
  const listed = await text(`keys list --account ${accountId}`);
  const revoked = await json(`keys revoke --account ${accountId} --key ${made.key}`);
  const [after] = await json(`keys list --account ${accountId}`);

  assert.match(made.key, /^ph_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
  assert.deepEqual(made.scopes, ['transactional-email', 'content']);
  assert.ok(listed.includes(`${made.keyId}  active`));
  assert.ok(!listed.includes(made.key));
  assert.deepEqual(revoked, { keyId: made.keyId, revoked: true });
  assert.equal(after.state, 'revoked');
  assert.equal(after.digest, undefined);
  assert.match(await text('accounts list'), new RegExp(`${accountId} +Shop`));
});

const refusals: Readonly<Record<string, RegExp>> = {
  'keys destroy': /There is no command "keys destroy"/,
  'keys create --name x': /--account is missing/,
  'keys create --account x --name x': /--account must be/,
  'keys create --account 1 --name x': /There is no account 1/,
  'accounts create': /--name is missing/,
  'accounts set --account 1 --refuse-bounced yes': /There is no account 1/,
  'accounts create --nmae x': /Unknown option '--nmae'/,
};

for (const [command, message] of Object.entries(refusals)) {
  test(`\`${command}\` is refused with words that help`, async () => {
    await assert.rejects(text(command), (error) => isFault(error) && message.test(error.message));
  });
}

test('an account is told to refuse addresses that bounced, and not to', async () => {
  const { accountId } = await json('accounts create --name Shop');
  const set = (value: string) => `accounts set --account ${accountId} --refuse-bounced ${value}`;

  assert.deepEqual(await json(set('yes')), { accountId, refuseHardBounced: true });
  assert.match(await text(set('no')), /refuseHardBounced: false/);
  await assert.rejects(text(set('perhaps')), /must be yes or no/);
});

test('an account is told to send a repeated Message-ID once, and again', async () => {
  const { accountId } = await json('accounts create --name Shop');
  const set = (value: string) => `accounts set --account ${accountId} --dedupe-message-id ${value}`;

  assert.deepEqual(await json(set('yes')), { accountId, dedupeMessageId: true });
  assert.match(await text(set('no')), /dedupeMessageId: false/);
  await assert.rejects(text(set('perhaps')), /--dedupe-message-id must be yes or no/);
});

test('an account is given a pool, and the installation’s again; one that there is not is refused', async () => {
  const { accountId } = await json('accounts create --name Shop');
  const set = (how: string) => `accounts set --account ${accountId} ${how}`;

  assert.deepEqual(await json(set('--pool default')), { accountId, pool: 'default' });
  assert.match(await text(set('--no-pool')), /pool: default/);
  await assert.rejects(text(set('--pool bulk')), /There is no pool "bulk". There are: default/);
  await assert.rejects(text(`accounts set --account ${accountId}`), /Nothing to set/);
});

test('a key is an operator’s only when it is told so by name, neither by default nor by `all`', async () => {
  const { accountId } = await json('accounts create --name Shop');
  const scopesOf = async (how: string) =>
    (await json(`keys create --account ${accountId} --name x${how}`)).scopes;

  const all = await scopesOf(' --scopes all');

  assert.deepEqual(await scopesOf(''), all);
  assert.ok(all.includes('transactional-email') && !all.includes('operator'));
  assert.deepEqual(await scopesOf(' --scopes all,operator'), [...all, 'operator']);
  assert.deepEqual(await scopesOf(' --scopes operator,content,content'), ['operator', 'content']);
});

test('an account’s settings are set and shown, and what is no value for one is refused', async () => {
  const { accountId } = await json('accounts create --name Shop');
  const set = (how: string) => `accounts set --account ${accountId} ${how}`;

  await text(set('--on-ambiguous hold --track-opens no --track-clicks no --refuse-complained yes'));
  await text(set('--company-name Shop --company-city Oslo'));
  const { settings } = await json(`accounts show --account ${accountId}`);

  assert.deepEqual(
    [settings.onAmbiguous, settings.trackOpens, settings.trackClicks, settings.refuseComplained],
    ['hold', false, false, true],
  );
  assert.deepEqual([settings.companyName, settings.companyCity], ['Shop', 'Oslo']);
  await assert.rejects(text(set('--on-ambiguous perhaps')), /--on-ambiguous must be retry or hold/);
  await assert.rejects(text(set('--track-opens perhaps')), /--track-opens must be yes or no/);
  await assert.rejects(text(set(`--company-zip ${'1'.repeat(301)}`)), /at most 300 characters/);
});

test('an account is suspended and goes on', async () => {
  const { accountId } = await json('accounts create --name Shop');

  assert.deepEqual(await json(`accounts suspend --account ${accountId}`), { accountId, isSuspended: true });
  assert.match(await text('accounts list'), new RegExp(`${accountId} +Shop \\(suspended\\)`));
  assert.match(await text(`accounts resume --account ${accountId}`), /is active/);
});

test('a scope that there is not is named beside those that there are', async () => {
  const { accountId } = await json('accounts create --name Shop');

  await assert.rejects(text(`keys create --account ${accountId} --name x --scopes content,root`), {
    message: /No such scope: root\. There are: transactional-email/,
  });
});

test('without the environment it finds the instance that runs here, by its file', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-admin-'));
  await writeFile(path.join(home, 'secret'), `${'x'.repeat(32)}\n`);
  await writeFile(
    path.join(home, 'running.json'),
    JSON.stringify({
      mongodbUrl: env['MONGODB_URL'],
      redisUrl: 'redis://x',
      secretFile: path.join(home, 'secret'),
    }),
  );

  const made = await runAdmin(['accounts', 'create', '--name', 'Here'], { POSTHORN_HOME: home });
  await rm(home, { recursive: true });

  assert.match(made.text, /^Account \d+ made: Here$/);
  await assert.rejects(runAdmin(['accounts', 'list'], { POSTHORN_HOME: home }), {
    message: /No Posthorn runs on .*npm start.*MONGODB_URL/,
  });
});

test('help needs no database', async () => {
  const { text: help } = await runAdmin(['--help'], {});

  assert.match(help, /keys create/);
});

async function text(command: string): Promise<string> {
  return (await runAdmin(command.split(' '), env)).text;
}

async function json(command: string) {
  return JSON.parse(await text(`${command} --json`));
}
