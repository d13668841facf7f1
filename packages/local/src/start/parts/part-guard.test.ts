import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { isAlive } from './is-alive.ts';
import { endLeftoverParts, findParts, partMarks } from './leftover-parts.ts';

const guard = new URL('./part-guard.ts', import.meta.url).href;
const polite = "process.on('SIGTERM', () => process.exit()); console.log('up'); setInterval(() => {}, 1000)";

test('the parts of a starter that is killed are ended, whatever they are', async () => {
  const starter = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { spawn } from 'node:child_process';
       import { startPartGuard } from '${guard}';
       const guard = startPartGuard();
       for (const name of ['gateway', 'mongodb', 'redis']) {
         const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
         guard.watch(name, pid);
         console.log(pid);
       }
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const pids = await readPids(starter.stdout, 3);

  starter.kill('SIGKILL');

  await untilGone(pids);
});

test('a part of a killed instance is found by its marks, and gone before the next one starts', async () => {
  await using folder = await setUp();
  const part = spawn(process.execPath, ['-e', polite], {
    env: { ...process.env, ...partMarks(folder.home, 'renderer') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(part.stdout, 'data');
  const { pid = 0 } = part;

  assert.deepEqual(await findParts(folder.home), [{ name: 'renderer', pid }]);
  await endLeftoverParts(folder.home, []);

  assert.deepEqual(await findParts(folder.home), []);
});

test('a listed process id that another program has by now is left alone', async () => {
  await using folder = await setUp();
  const foreign = spawn('sleep', ['600'], { stdio: 'ignore' });
  const { pid = 0 } = foreign;

  await endLeftoverParts(folder.home, [{ name: 'gateway', pid }]);

  assert.ok(isAlive(pid));
  foreign.kill('SIGKILL');
});

async function readPids(output: NodeJS.ReadableStream, count: number): Promise<number[]> {
  const pids: number[] = [];
  for await (const line of createInterface({ input: output })) {
    pids.push(Number(line));
    if (pids.length === count) break;
  }
  return pids;
}

/** Never, if the guard does not work: the run's time limit then ends the test. */
async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((go) => setTimeout(go, 50));
}

async function setUp() {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-parts-'));
  return { home, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
}
