import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { test } from 'node:test';
import { silentLogger } from '../logger.ts';
import { startThreadPool } from './thread-pool.ts';

const limits = { cpuMs: 200 };

test('T02: a task that loops is ended at its CPU limit, and the pool goes on', async () => {
  await using pool = setUp();

  const outcomes = await Promise.all(['loop', 'a', 'b', 'loop', 'c'].map((task) => pool.run(task, limits)));

  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.result : outcome.kind)),
    ['overran', 'did a', 'did b', 'overran', 'did c'],
  );
});

test('F49: a task that runs out of memory, exits or throws ends its thread alone', async () => {
  await using pool = setUp();

  for (const [task, reason] of [
    ['hoard', /memory/],
    ['exit', /code 7/],
    ['throw', /thrown by the thread/],
  ] as const) {
    const outcome = await pool.run(task, { cpuMs: 20_000 });
    assert.equal(outcome.kind, 'died', task);
    if (outcome.kind === 'died') assert.match(outcome.reason, reason);
    assert.equal((await pool.run('next', limits)).kind, 'done');
  }
});

test('the time that a new thread takes to load is not the task’s', async () => {
  await using pool = setUp({ size: 1 });

  const outcomes = await Promise.all(['exit', 'a', 'exit', 'b'].map((task) => pool.run(task, { cpuMs: 10 })));

  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['died', 'done', 'died', 'done'],
  );
});

test('a task that the end of the pool cuts off has no outcome, so that nothing is dropped for it', async () => {
  const pool = setUp();
  let outcome: unknown;
  void pool.run('loop', { cpuMs: 60_000 }).then((ended) => {
    outcome = ended;
  });
  await pool.run('a', limits);

  await pool[Symbol.asyncDispose]();

  assert.equal(outcome, undefined);
});

test('a pool whose script cannot start says so', async () => {
  await using pool = startThreadPool({ ...options, script: new URL('./no-such-file.ts', import.meta.url) });

  assert.deepEqual(await pool.healthCheck(), { ok: false, reason: 'no thread is ready' });
});

test('T02: a thread that V8 cannot interrupt takes its process with it instead of the machine', async () => {
  const child = fork(new URL('./fixture-stuck.ts', import.meta.url), { stdio: 'ignore' });
  const outcome = new Promise((resolve) => child.once('message', resolve));
  const exit = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));

  const ended = await Promise.race([outcome, exit]);
  child.kill('SIGKILL');

  // A V8 that can interrupt it ends the thread in time, which is as good.
  assert.ok(['SIGKILL', 'overran', 'died'].includes(String(ended)), String(ended));
});

const options = {
  script: new URL('./fixture-thread.ts', import.meta.url),
  size: 2,
  workerData: {},
  memoryMib: 64,
  log: silentLogger,
  onStuck: () => assert.fail('a thread is stuck'),
};

function setUp({ size = 2 } = {}) {
  return startThreadPool<string, string>({ ...options, size });
}
