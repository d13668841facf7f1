import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { startTcpGate } from '@posthorn/testing';
import { startDispatcher } from './app.ts';
import { loadConfig } from './config.ts';
import { createDispatchWorld, shortLease } from './testing/dispatch-world.ts';
import { until } from './testing/until.ts';

test('F47 killed after replies that Redis never heard of: the next dispatcher knows them, and nothing is sent twice', async (t) => {
  await using world = await createDispatchWorld();
  await using gate = await startTcpGate({ port: world.redis.port });
  const script = join(import.meta.dirname, 'testing', 'faulty-dispatcher.ts');
  const doomed = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...world.env, REDIS_URL: `redis://127.0.0.1:${gate.port}` },
    stdio: 'ignore',
  });
  t.after(() => doomed.kill('SIGKILL'));

  const sent = await world.post('slow-dot-1500', 5);
  await until(() => world.sink.entries.length === 5);
  gate.shut();
  const folder = world.env['JOURNAL_FOLDER'] ?? '';
  await until(async () => (await linesIn(folder)) === 5);
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');

  const config = loadConfig(world.env);
  await using _app = await startDispatcher(config, silentLogger, { lease: shortLease });
  const delivered = () =>
    new Set(world.events.flatMap((event) => (event.type === 'DELIVERED' ? [event.statusId] : [])));
  await until(() => delivered().size === 5);

  assert.deepEqual(world.sink.entries.map(({ probeId }) => probeId).toSorted(), sent.toSorted());
});

async function linesIn(folder: string): Promise<number> {
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return texts.join('').split('\n').length - 1;
}
