import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { type PartSpec, startPart } from './part.ts';

test('a part that does not start is reported with the end of what it wrote', async () => {
  await using folder = await setUp();
  const broken = folder.spec("console.error('no such disk'); process.exit(3)");

  await assert.rejects(startPart(broken, folder.options), (error) => {
    assert.ok(isFault(error, 'misconfigured'));
    return error.message.includes('demo did not start') && error.message.includes('no such disk');
  });
});

test('a part that is killed is started again with a new process id', async () => {
  const restarted = Promise.withResolvers<string>();
  await using folder = await setUp((how) => restarted.resolve(how));
  await using part = await startPart(
    folder.spec("console.log('up'); setInterval(() => {}, 1000)"),
    folder.options,
  );
  const first = part.pid;

  process.kill(first, 'SIGKILL');
  const how = await restarted.promise;

  assert.equal(how, 'SIGKILL');
  assert.notEqual(part.pid, first);
});

test('a part is stopped politely, and what it wrote is in its log', async () => {
  await using folder = await setUp();
  const polite = folder.spec(
    "process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); setInterval(() => {}, 1000)",
  );

  const part = await startPart(polite, folder.options);
  await part[Symbol.asyncDispose]();

  assert.equal(await readFile(path.join(folder.home, 'demo.log'), 'utf8'), 'up\nbye\n');
});

async function setUp(onRestart: (how: string) => void = () => {}) {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-part-'));
  return {
    home,
    options: { logFolder: home, onRestart: (_part: unknown, how: string) => onRestart(how) },
    spec: (program: string): PartSpec => ({
      name: 'demo',
      command: process.execPath,
      args: ['-e', program],
      cwd: home,
      env: process.env,
    }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}
