import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { submissionBytesMax } from '@posthorn/contracts';
import { createByteBudget } from '@posthorn/runtime';
import { receiveMessage } from './receive-message.ts';

const kib = 1024;
const line = Buffer.from(`${'x'.repeat(1_022)}\r\n`);

test('a message is given byte for byte, and its bytes are free once it is disposed', async () => {
  const budget = createByteBudget({ bytesMax: 64 * 1024 * kib, waitMs: 10 });
  const bytes = Buffer.from(
    Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => ![0, 10, 13].includes(byte)),
  );

  const received = await receiveMessage(Readable.from([bytes, line]), { budget, declaredBytes: undefined });

  assert.equal(received.kind, 'received');
  if (received.kind !== 'received') return;
  assert.deepEqual(Buffer.from(received.raw, 'latin1'), Buffer.concat([bytes, line]));
  assert.equal(budget.used(), bytes.length + line.length);
  received[Symbol.dispose]();
  assert.equal(budget.used(), 0);
});

test('a large message takes what was declared, or all it may need, before its rest is read', async () => {
  for (const [declaredBytes, share] of [
    [1_000 * kib, 1_000 * kib],
    [undefined, submissionBytesMax],
  ] as const) {
    const budget = createByteBudget({ bytesMax: 64 * 1024 * kib, waitMs: 10 });
    const stream = new PassThrough();
    const receiving = receiveMessage(stream, { budget, declaredBytes });
    for (let index = 0; index < 300; index += 1) if (!stream.write(line)) await new Promise(setImmediate);
    while (budget.used() <= 256 * kib) await new Promise(setImmediate);

    assert.equal(budget.used(), share);
    stream.end();
    const received = await receiving;
    assert.equal(budget.used(), 300 * kib);
    if (received.kind === 'received') received[Symbol.dispose]();
    assert.equal(budget.used(), 0);
  }
});

test('where there is no room in time a message is 452 4.3.1, read to its end, and holds nothing', async () => {
  const budget = createByteBudget({ bytesMax: 1_000 * kib, waitMs: 1 });
  budget.tryTake(900 * kib);
  let read = 0;
  function* lines() {
    for (; read < 400; read += 1) yield line;
  }

  const received = await receiveMessage(Readable.from(lines()), { budget, declaredBytes: 400 * kib });

  assert.equal(received.kind === 'refused' && received.refusal.responseCode, 452);
  assert.equal(read, 400);
  assert.equal(budget.used(), 900 * kib);
});

test('who waits for room gets it as soon as there is some, first come first served', async () => {
  const budget = createByteBudget({ bytesMax: 100, waitMs: 60_000 });
  assert.equal(await budget.take(80), true);
  const order: string[] = [];
  const waiting = [
    budget.take(50).then(() => order.push('first')),
    budget.take(10).then(() => order.push('second')),
  ];

  budget.give(80);
  await Promise.all(waiting);

  assert.deepEqual(order, ['first', 'second']);
  assert.equal(budget.used(), 60);
  assert.equal(await budget.take(101), false);
});

test('a connection that breaks in the middle gives everything back', async () => {
  const budget = createByteBudget({ bytesMax: 1_000, waitMs: 1 });
  const stream = new PassThrough();
  const receiving = receiveMessage(stream, { budget, declaredBytes: undefined });
  stream.write('half');
  await new Promise(setImmediate);

  stream.destroy(new Error('gone'));

  assert.equal((await receiving).kind, 'refused');
  assert.equal(budget.used(), 0);
});
