import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPaceWatch, type PacedConnection, type PaceLimits } from './smtp-pace.ts';

const limits: PaceLimits = {
  ...{ startTimeoutMs: 60_000, startAdvice: 'Begin sooner', idleTimeoutMs: 20_000 },
  ...{ bytesPerSecondMin: 500, windowMs: 30_000, messageTimeoutMs: 120_000, messageBytesHardMax: 1_000_000 },
};

test('F34: commands that never lead to a message do not extend the start deadline', () => {
  const client = aClient();

  for (let atMs = 0; atMs <= 60_000; atMs += 10_000) client.look(atMs, { commandAtMs: atMs });
  assert.deepEqual(client.said, []);
  client.look(60_001, { commandAtMs: 60_001 });

  assert.deepEqual(client.said, ['4.4.2 Begin sooner']);
});

test('F34: a client past the start deadline may only be idle for so long', () => {
  const client = aClient({ waitsSinceMs: undefined });

  client.look(20_000);
  assert.deepEqual(client.said, []);
  client.look(20_001);

  assert.deepEqual(client.said, ['4.4.2 Idle for too long']);
});

test('a client that waits for our reply is not idle', () => {
  const client = aClient({ waitsSinceMs: undefined });

  client.look(50_000, { isBusy: true });
  client.look(60_000, { isBusy: false });

  assert.deepEqual(client.said, []);
});

test('F34: a message below the least rate ends with 421, unless it is we who hold it back', () => {
  for (const [isHeldBack, said] of [
    [false, ['4.4.2 Too slow: send the message faster']],
    [true, []],
  ] as const) {
    const client = aClient({ isHeldBack });

    client.look(0, { messageBytes: 0 });
    client.look(30_000, { messageBytes: 14_999 });

    assert.deepEqual(client.said, said);
  }
});

test('F34: a message at a good rate ends with 421 once its total time is over', () => {
  const client = aClient();

  for (let atMs = 0; atMs <= 120_000; atMs += 10_000) client.look(atMs, { messageBytes: atMs });
  assert.deepEqual(client.said, []);
  client.look(120_001, { messageBytes: 121_000 });

  assert.deepEqual(client.said, ['4.4.2 Too slow: send the message faster']);
});

test('S13: a message far over the limit is not read to its end', () => {
  const client = aClient();

  client.look(0, { messageBytes: 1_000_001 });

  assert.deepEqual(client.said, ['4.3.1 Message far too large']);
});

function aClient(changes: Partial<PacedConnection> = {}) {
  const said: string[] = [];
  const watch = createPaceWatch(limits);
  const connection = {
    ...{ waitsSinceMs: 0, commandAtMs: 0, messageBytes: undefined, isHeldBack: false, isBusy: false },
    ...changes,
    send: (_code: 421, text: string) => void said.push(text),
  };
  return {
    said,
    look: (nowMs: number, now: Partial<PacedConnection> = {}) =>
      watch.look([Object.assign(connection, now)], nowMs),
  };
}
