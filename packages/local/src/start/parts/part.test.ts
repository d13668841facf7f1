import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { isAlive } from './is-alive.ts';
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

test('a part whose log cannot be written, because the disk is full, goes on and is stopped as ever', async () => {
  await using folder = await setUp();
  await symlink('/dev/full', path.join(folder.home, 'demo.log'));
  const talker = folder.spec(
    "let n = 0; setInterval(() => { console.log('x'.repeat(70_000)); if (++n === 20) process.exit(7) }, 1)",
  );
  const restarted = Promise.withResolvers<string>();
  const options = { ...folder.options, onRestart: (_: unknown, how: string) => restarted.resolve(how) };

  await using part = await startPart(talker, options);

  // It got to its end: what it wrote was read, and nothing held it up.
  assert.equal(await restarted.promise, 'code 7');
  assert.ok(part.pid > 0);
});

test('a part that works goes on coming up past the limit, and how far it has come is shown', async () => {
  await using folder = await setUp();
  const busy = folder.spec(`
    console.error(JSON.stringify({ msg: 'migrating', percent: 45 }));
    const until = Date.now() + 8_000;
    const work = () => {
      for (const pause = Date.now() + 100; Date.now() < pause; );
      if (Date.now() < until) return setImmediate(work);
      console.log('up');
      setInterval(() => {}, 1000);
    };
    work();`);
  const shown: string[] = [];
  const onProgress = (_: string, text: string) => void shown.push(text);

  await using _part = await startPart(busy, { ...folder.options, onProgress, stallMs: 4_000 });

  assert.deepEqual(shown, ['migrating: 45 %']);
});

test('a part that only waits is given up', async () => {
  await using folder = await setUp();
  const idle = folder.spec("console.error('waiting for godot'); setInterval(() => {}, 100)");

  await assert.rejects(startPart(idle, { ...folder.options, stallMs: 1_500 }), (error) => {
    assert.ok(isFault(error, 'misconfigured'));
    return /made no progress.*waiting for godot/s.test(error.message);
  });
});

test('a part that comes up when nobody wants it any more is ended', async () => {
  await using folder = await setUp();
  const stop = new AbortController();
  const pids: number[] = [];
  const onSpawn = (_: string, pid: number) => void pids.push(pid);
  const idle = folder.spec('setInterval(() => {}, 100)');

  const started = startPart(idle, { ...folder.options, onSpawn, signal: stop.signal });
  stop.abort();

  await assert.rejects(started, { name: 'AbortError' });
  assert.deepEqual(pids.filter(isAlive), []);
});

async function setUp(onRestart: (how: string) => void = () => {}) {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-part-'));
  return {
    home,
    options: {
      logFolder: home,
      onSpawn: () => {},
      onProgress: () => {},
      onRestart: (_part: unknown, how: string) => onRestart(how),
    },
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
