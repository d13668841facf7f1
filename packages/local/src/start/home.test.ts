import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openHome } from './home.ts';

test('a new home is its owner’s alone', async () => {
  await using folder = await setUp();

  const home = await openHome(path.join(folder.path, 'new'));

  assert.equal(await modeOf(home), 0o700);
});

test('a home that an older version left readable is closed, with all that is in it', async () => {
  await using folder = await setUp();
  await chmod(folder.path, 0o755);
  await mkdir(path.join(folder.path, 'redis/appendonlydir'), { recursive: true, mode: 0o755 });
  const kept = path.join(folder.path, 'redis/appendonlydir/a.aof');
  await writeFile(kept, 'mail', { mode: 0o644 });

  await openHome(folder.path);

  assert.equal(await modeOf(kept), 0o600);
  assert.equal(await modeOf(path.dirname(kept)), 0o700);
  assert.equal(await modeOf(folder.path), 0o700);
});

test('a folder that holds other things too keeps its mode, and so do they', async () => {
  await using folder = await setUp();
  await chmod(folder.path, 0o755);
  const foreign = path.join(folder.path, 'index.html');
  await writeFile(foreign, 'hello', { mode: 0o644 });
  const ours = path.join(folder.path, 'secret');
  await writeFile(ours, 'secret', { mode: 0o644 });

  await openHome(folder.path);

  assert.deepEqual(await Promise.all([folder.path, foreign, ours].map(modeOf)), [0o755, 0o644, 0o600]);
});

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

async function setUp() {
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-home-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
