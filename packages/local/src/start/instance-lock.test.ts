import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { lockInstance } from './instance-lock.ts';

test('a folder that an instance runs on is refused to a second one, which is told the process', async () => {
  await using folder = await setUp();
  await using _first = await lockInstance(folder.home);

  await assert.rejects(lockInstance(folder.home), (error) => {
    assert.ok(isFault(error, 'conflict'));
    return error.message.includes(String(process.pid));
  });
});

test('the lock of a process that is gone is taken over', async () => {
  await using folder = await setUp();
  await writeFile(path.join(folder.home, 'lock'), '999999999');

  await using _lock = await lockInstance(folder.home);

  assert.match(await readFile(path.join(folder.home, 'lock'), 'utf8'), new RegExp(`^${process.pid} `));
});

test('what an instance publishes, its key among it, is readable by its user alone and gone when it ends', async () => {
  await using folder = await setUp();
  const file = path.join(folder.home, 'running.json');
  {
    await using lock = await lockInstance(folder.home);
    await lock.publish(instance);

    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), instance);
    assert.equal((await stat(file)).mode & 0o077, 0);
  }
  await assert.rejects(readFile(file));
});

const instance = {
  pid: 1,
  apiUrl: 'http://127.0.0.1:1',
  apiKey: 'key',
  accountId: 1,
  docsUrl: 'http://127.0.0.1:1/docs',
  mailboxUrl: 'http://127.0.0.1:2',
  smtpUrl: 'smtp://127.0.0.1:6',
  smtpUser: 'user',
  smtpPassword: 'password',
  trackingUrl: 'http://127.0.0.1:3',
  redisUrl: 'redis://127.0.0.1:4',
  mongodbUrl: 'mongodb://127.0.0.1:5',
  secretFile: 'secret',
  welcomeEmailId: 1,
  pids: {},
};

async function setUp() {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-lock-'));
  return { home, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
}
