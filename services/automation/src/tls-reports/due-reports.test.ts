import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tlsReportsDueKey } from '@posthorn/contracts';
import { connectRedis } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { redisKinds } from '@posthorn/testing';
import { createDueReports } from './due-reports.ts';

for (const { name, start } of redisKinds) {
  test(`on ${name} a due report is taken by one, comes later where it must, and is gone when done`, async () => {
    await using redis = await start();
    await using link = await connectRedis({ url: redis.url, role: 'worker', log: silentLogger });
    const due = createDueReports(link.client);
    await link.client.zadd(tlsReportsDueKey, 1_000, '2026-05-01 rep.example');
    const report = { day: '2026-05-01', domain: 'rep.example' };

    const early = await due.take(999, 500);
    const taken = await Promise.all([due.take(1_000, 500), due.take(1_000, 500)]);
    await due.later(report, 3_000);
    const before = await due.take(2_000, 500);
    const after = await due.take(3_000, 500);
    await due.done(report);

    assert.equal(early, null);
    assert.deepEqual(taken, [report, null]);
    assert.equal(before, null);
    assert.deepEqual(after, report);
    assert.equal(await link.client.zcard(tlsReportsDueKey), 0);
  });
}
