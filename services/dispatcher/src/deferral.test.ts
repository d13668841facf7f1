import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { startDispatcher } from './app.ts';
import { loadConfig } from './config.ts';
import { createDispatchWorld, shortLease } from './testing/dispatch-world.ts';
import { until } from './testing/until.ts';

test("an operator's file decides what a real receiver's reply means, and when it is asked again", async (t) => {
  await using world = await createDispatchWorld();
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-rules-'));
  t.after(() => rm(folder, { recursive: true }));
  const [replies, retries] = [path.join(folder, 'replies.yaml'), path.join(folder, 'retries.yaml')];
  await writeFile(replies, 'rules: [{ id: own, class: recipient-throttled, says: [no such user] }]');
  await writeFile(retries, 'jitterPercent: 0\ndomains: { example.org: { delays: [1s, 1h] } }');
  const config = loadConfig({ ...world.env, REPLIES_FILE: replies, RETRIES_FILE: retries });
  await using _app = await startDispatcher(config, silentLogger, { lease: shortLease });

  await world.post('550-rcpt', 1);
  const deferred = () => world.events.filter(({ type }) => type === 'DEFERRED');
  await until(() => deferred().some((event) => 'attempt' in event && event.attempt === 2));

  assert.partialDeepStrictEqual(deferred()[0], {
    class: 'recipient-throttled',
    category: 'THROTTLED',
    attempt: 1,
  });
  assert.equal(world.events.filter(({ type }) => type === 'BOUNCE').length, 0);
});
