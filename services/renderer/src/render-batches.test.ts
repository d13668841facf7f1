import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, silentLogger, startThreadPool } from '@posthorn/runtime';
import { accountScopeOf } from './account-scope.ts';
import { account, accountId, aSend, aVersion, secret, shopKeys } from './fixture.ts';
import { createRenderBatches, type RunTask } from './render-batches.ts';
import { createSuspects } from './suspects.ts';
import type { RenderedSend, RenderSend, RenderTask } from './work/render-task.ts';

/** Minutes of CPU within the template's own limits: 1,000 rounds of filters over 1 MB. */
const slow = aVersion({
  html: `{% for i in range(1000) %}{% set x = custom.x${'|upper|lower'.repeat(20)} %}{% endfor %}`,
});
/** Keeps lists of a million items. */
const greedy = aVersion({
  html: '{% set a = [] %}{% for i in range(1000) %}{% set a = [a, custom.x|split("")] %}{% endfor %}',
});

test('T02, F49: a template that overruns or eats memory is dropped alone, the rest of its bag goes on', async () => {
  await using pool = startThreadPool<RenderTask, RenderedSend[]>({
    script: new URL('./threads/thread.ts', import.meta.url),
    ...{ size: 2, memoryMib: 64, workerData: { secret, trackingUrl: 'https://t.test' } },
    ...{ log: silentLogger, onStuck: () => assert.fail('a thread is stuck') },
  });
  const render = createRenderBatches({
    run: pool.run,
    cpuMs: 600,
    suspects: createSuspects(createFakeClock()),
  });
  const sends = ['good', 'slow', 'good', 'greedy', 'good'].map((version) => send(version));

  const results = await Promise.all(render(taskOf(sends)));

  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['rendered', 'killed', 'rendered', 'killed', 'rendered'],
  );
  assert.deepEqual(
    results.flatMap((result) => (result.kind === 'killed' ? [result.reason] : [])),
    ['it takes too long', 'it takes too much memory'],
  );
});

test('F49: what a template that ended a thread still has to send is tried one at a time, the rest keeps the other threads', async () => {
  const clock = createFakeClock();
  const under: { versions: string[]; end: () => void }[] = [];
  const run: RunTask = (task) => {
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<RunTask>>>();
    const versions = task.sends.map(({ versionKey }) => versionKey);
    const done = { kind: 'done', result: task.sends.map(() => ({ kind: 'limit' }) as const) } as const;
    const end = () => resolve(versions.includes('slow') ? { kind: 'overran' } : done);
    under.push({ versions, end });
    return promise;
  };
  const render = createRenderBatches({ run, cpuMs: 250, suspects: createSuspects(clock) });
  const endAll = async (): Promise<string[][]> => {
    const ended = under.splice(0);
    for (const { end } of ended) end();
    await new Promise((resolve) => setImmediate(resolve));
    return ended.map(({ versions }) => versions);
  };

  const first = Promise.all(render(taskOf([send('slow')])));
  assert.deepEqual([await endAll(), await endAll()], [[['slow']], [['slow']]], 'in a batch, then alone');
  assert.equal((await first)[0]?.kind, 'killed');

  const next = Promise.all(render(taskOf(['slow', 'good', 'slow', 'good', 'slow'].map((key) => send(key)))));
  assert.deepEqual(await endAll(), [['slow'], ['good', 'good']]);
  assert.deepEqual(
    (await next).map(({ kind }) => kind),
    ['killed', 'limit', 'put-off', 'limit', 'put-off'],
  );

  clock.advance(60_000);
  void render(taskOf(['slow', 'good'].map((key) => send(key))));
  assert.deepEqual(await endAll(), [['slow', 'good']], 'trusted again a minute later');
  for (let left = await endAll(); left.length > 0; left = await endAll());
});

test('a bag goes to the threads in batches of 25, each with the versions it needs', async () => {
  const { run, tasks } = fakeRun();
  const sends = [...Array(26).fill('good'), 'slow'].map((version) => send(version));

  await Promise.all(
    createRenderBatches({ run, cpuMs: 250, suspects: createSuspects(createFakeClock()) })(taskOf(sends)),
  );

  assert.deepEqual(
    tasks.map((task) => task.sends.length),
    [25, 2],
  );
  assert.deepEqual(
    tasks.map((task) => Object.keys(task.versions)),
    [['good'], ['good', 'slow']],
  );
});

test('large attachments make small batches with more time', async () => {
  const { run, tasks, limits } = fakeRun();
  const content = 'x'.repeat(1_048_576);
  const sends = Array.from({ length: 5 }, () => ({
    ...send('good'),
    attachments: [{ filename: 'a', contentType: 'a/b', content }],
  }));

  await Promise.all(
    createRenderBatches({ run, cpuMs: 250, suspects: createSuspects(createFakeClock()) })(taskOf(sends)),
  );

  assert.deepEqual(
    tasks.map((task) => task.sends.length),
    [2, 2, 1],
  );
  assert.deepEqual(limits, [540, 540, 520]);
});

function fakeRun() {
  const tasks: RenderTask[] = [];
  const limits: number[] = [];
  const run: RunTask = async (task, { cpuMs }) => {
    tasks.push(task);
    limits.push(cpuMs);
    return { kind: 'done', result: task.sends.map(() => ({ kind: 'limit' })) };
  };
  return { run, tasks, limits };
}

function send(versionKey: string): RenderSend {
  const { statusId, emailId, acceptedAtMs } = aSend();
  const mailbox = { name: '', address: 'a@shop.test', localPart: 'a', domain: 'shop.test' };
  const x = versionKey === 'good' ? '' : 'x'.repeat(1_000_000);
  return {
    ...{ statusId, accountId, emailId, acceptedAtMs, versionKey, signWith: 'k', to: mailbox, from: mailbox },
    ...{ cc: [], replyTo: [], contact: {}, custom: { id: 1, x }, attachments: [], needsUntracked: false },
  };
}

function taskOf(sends: readonly RenderSend[]): RenderTask {
  const versions = { good: aVersion(), slow, greedy };
  return { versions, keys: { k: shopKeys }, accounts: { [accountId]: accountScopeOf(account) }, sends };
}
