import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { isFault, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { createTokenNotices } from './token-notices.ts';

test('F46: that a token changed is counted in Redis, and where Redis is away the caller hears so within a second', async () => {
  await using redis = await withTestRedis();
  await using link = await connectRedis({ url: redis.url, role: 'poster', log: silentLogger });
  const notices = createTokenNotices(link.client);

  await notices.changed('a@1.smtp.posthorn');
  await notices.changed('a@1.smtp.posthorn');
  const count = await link.client.get('ph:smtp-tokens:changed');
  await redis.kill();
  const startedAtMs = performance.now();
  await assert.rejects(notices.changed('a@1.smtp.posthorn'), (error) => isFault(error, 'unavailable'));

  assert.equal(count, '2');
  assert.ok(performance.now() - startedAtMs < 1_000);
});
