import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, silentLogger } from '@posthorn/runtime';
import { createRecorder } from './recorder.ts';

const away = () => new Fault('unavailable', 'Redis is away');

test('F47 a write is tried until it works, and until then there is nothing new to send', async () => {
  const recorder = createRecorder({ log: silentLogger, retryMs: 1 });
  const isBack = Promise.withResolvers<void>();
  let tries = 0;
  let isClear = false;

  const recorded = recorder.record(async () => {
    tries += 1;
    if (tries < 3) throw away();
    await isBack.promise;
    return 'written';
  });
  await Promise.resolve();
  void recorder.whenClear().then(() => {
    isClear = true;
  });
  const health = await recorder.healthCheck();
  const wasClear = isClear;
  isBack.resolve();

  assert.equal(await recorded, 'written');
  await recorder.whenClear();
  assert.deepEqual(health, { ok: false, reason: '1 outcomes are not recorded' });
  assert.equal(wasClear, false);
  assert.deepEqual(await recorder.healthCheck(), { ok: true });
});

test('what no patience mends is thrown at once', async () => {
  const recorder = createRecorder({ log: silentLogger, retryMs: 1 });

  await assert.rejects(
    recorder.record(() => Promise.reject(new TypeError('a bug'))),
    TypeError,
  );
  await recorder.whenClear();
});

test('trying ends when it is over, and when the service stops', async () => {
  const recorder = createRecorder({ log: silentLogger, retryMs: 1 });
  let isOver = false;

  const given = recorder.record(
    () => Promise.reject(away()),
    () => isOver,
  );
  isOver = true;
  await assert.rejects(given, /Redis is away/);
  const last = recorder.record(() => Promise.reject(away()));
  recorder[Symbol.dispose]();

  await assert.rejects(last, /Redis is away/);
});
