import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault, silentLogger } from '@posthorn/runtime';
import { probeRedis } from './redis-probe.ts';
import { findRedisProgram } from './redis-program.ts';
import { startRedis } from './start-redis.ts';

test('what was written is there after SIGKILL and a new start on the same folder', async (t) => {
  const home = await temporaryFolder(t);
  const first = await startRedis({ port: 0, home });
  await probeRedis(first.port, 'SET kept yes');
  await first.kill();

  await using second = await startRedis({ port: 0, home });

  assert.match((await probeRedis(second.port, 'GET kept')) ?? '', /yes/);
});

test('it runs with the settings that keep what it acknowledged', async (t) => {
  await using redis = await startRedis({ port: 0, home: await temporaryFolder(t), maxmemory: '50mb' });

  const read = async (name: string) =>
    (await probeRedis(redis.port, `CONFIG GET ${name}`))?.split('\r\n').at(-2);

  assert.equal(await read('appendonly'), 'yes');
  assert.equal(await read('appendfsync'), 'always');
  assert.equal(await read('maxmemory-policy'), 'noeviction');
  assert.equal(await read('maxmemory'), String(50 * 1024 * 1024));
  assert.equal(await read('save'), '');
});

test('a Redis that a killed run left on the folder is stopped before a new one starts', async (t) => {
  const home = await temporaryFolder(t);
  const leftover = await startRedis({ port: 0, home });

  await using current = await startRedis({ port: 0, home });

  assert.notEqual(current.pid, leftover.pid);
  assert.equal(await probeRedis(leftover.port, 'PING'), null);
});

test('a taken port is a clear refusal, also where another Redis holds it', async (t) => {
  await using other = await startRedis({ port: 0, home: await temporaryFolder(t) });
  const home = await temporaryFolder(t);

  await assert.rejects(
    startRedis({ port: other.port, home }),
    (error) => isFault(error, 'misconfigured') && error.message.includes(String(other.port)),
  );
});

test('what it keeps is readable by its user alone', async (t) => {
  const home = join(await temporaryFolder(t), 'redis');
  await using redis = await startRedis({ port: 0, home });
  await probeRedis(redis.port, 'SET kept yes');

  const entries = await readdir(home, { withFileTypes: true, recursive: true });
  const kept = entries.filter((entry) => entry.name.endsWith('.aof'));
  const modes = await Promise.all(
    kept.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mode),
  );

  assert.ok(modes.length > 0);
  assert.deepEqual(
    modes.filter((mode) => mode & 0o077),
    [],
  );
});

test('a Redis with a damaged file says so, and by which command it is mended', async (t) => {
  const home = await temporaryFolder(t);
  const first = await startRedis({ port: 0, home });
  for (const name of ['one', 'two', 'three']) await probeRedis(first.port, `SET ${name} ${'x'.repeat(500)}`);
  await first[Symbol.asyncDispose]();
  const file = join(home, 'appendonlydir/appendonly.aof.1.incr.aof');
  const bytes = await readFile(file);
  bytes.write('?', bytes.indexOf('*3', bytes.indexOf('one')));
  await writeFile(file, bytes);

  await assert.rejects(startRedis({ port: 0, home }), (error) => {
    assert.ok(isFault(error, 'misconfigured'));
    return /Bad file format.*redis-check-aof --fix '.+appendonly\.aof\.manifest'/s.test(error.message);
  });
});

test('a machine without Redis and without the right to install it is told what helps', async () => {
  const machine = {
    path: '/nowhere',
    isRoot: false,
    policyFile: '/nowhere/policy',
    run: async () => assert.fail('must not run anything'),
    pause: async () => {},
  };

  await assert.rejects(
    findRedisProgram(silentLogger, machine),
    (error) =>
      isFault(error, 'misconfigured') && /apt-get install redis-server.*REDIS_URL/s.test(error.message),
  );
});

test('root on Debian gets the package, after apt-get update where its lists are empty', async (t) => {
  const folder = await temporaryFolder(t);
  await program(folder, 'apt-get');
  const policyFile = join(folder, 'policy-rc.d');
  const ran: string[] = [];
  const run = async (command: string, args: readonly string[]) => {
    const step = args.find((arg) => ['install', 'update', 'disable'].includes(arg));
    if (step === 'install' && ran.includes('apt-get update')) await program(folder, 'redis-server');
    ran.push(`${command} ${step}`);
    return { output: '' };
  };

  const machine = { path: folder, isRoot: true, policyFile, run, pause: async () => {} };
  const found = await findRedisProgram(silentLogger, machine);

  assert.equal(found, join(folder, 'redis-server'));
  assert.deepEqual(ran, ['apt-get install', 'apt-get update', 'apt-get install', 'systemctl disable']);
  await assert.rejects(access(policyFile), 'the policy was only for the time of the install');
});

test('a start that finds apt busy with another start takes what that one installed', async (t) => {
  const folder = await temporaryFolder(t);
  await program(folder, 'apt-get');
  const policyFile = join(folder, 'policy-rc.d');
  let tries = 0;
  const run = async (command: string) => {
    // The other one ends: its program is there, and it removes the policy that both have.
    if (command === 'apt-get' && ++tries === 3) await program(folder, 'redis-server');
    return { output: 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)' };
  };

  const machine = { path: folder, isRoot: true, policyFile, run, pause: async () => {} };
  const found = await findRedisProgram(silentLogger, machine);

  assert.equal(found, join(folder, 'redis-server'));
  assert.equal(tries, 3);
});

test('where the package cannot be installed, what apt said is told', async (t) => {
  const folder = await temporaryFolder(t);
  await program(folder, 'apt-get');
  const machine = {
    path: folder,
    isRoot: true,
    policyFile: join(folder, 'policy-rc.d'),
    run: async () => ({ output: 'E: Unable to locate package redis-server' }),
    pause: async () => {},
  };

  await assert.rejects(
    findRedisProgram(silentLogger, machine),
    (error) => isFault(error, 'misconfigured') && /failed:\nE: Unable to locate/.test(error.message),
  );
});

test('valkey-server serves where there is no redis-server', async (t) => {
  const folder = await temporaryFolder(t);
  await program(folder, 'valkey-server');

  const found = await findRedisProgram(silentLogger, {
    path: folder,
    isRoot: false,
    policyFile: '',
    run: async () => ({ output: '' }),
    pause: async () => {},
  });

  assert.equal(found, join(folder, 'valkey-server'));
});

async function temporaryFolder(t: { after: (fn: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn local redis '));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function program(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
}
