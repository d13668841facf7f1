import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { startRedisCluster } from '@posthorn/testing';
import { createBoundAddresses } from './bound-addresses.ts';
import { parseShapingRules } from './rules/load-rules.ts';
import { createShaper } from './shaper.ts';
import { createSiteReader } from './view/site-reader.ts';
import { createWaitingBoard } from './view/waiting-board.ts';
import { createWarmup } from './warmup/index.ts';

const sites = Array.from({ length: 30 }, (_, n) => ({ ip: `192.0.2.${n}`, site: `site-${n}.example` }));

test('B12: on a Redis Cluster the limits of many sites hold at once, and all that is shown of them is there', async () => {
  await using cluster = await startRedisCluster();
  await using link = await connectRedis({ url: cluster.url, role: 'poster', log: silentLogger });
  const { client: redis } = link;
  const clock = createFakeClock();
  const rules = parseShapingRules('defaults: { connections: 1, messageRate: 1/min }', 'test.yaml');
  const deps = { redis, rules: () => rules, clock, log: silentLogger, random: () => 0.5 };
  await using here = createShaper({ ...deps, owner: 'here' });
  await using there = createShaper({ ...deps, owner: 'there' });
  const board = createWaitingBoard({ redis, clock });
  const bound = createBoundAddresses({ redis, clock });
  await using warmup = createWarmup({ redis, clock, plan: [1] });

  const first = await Promise.all(sites.map((site) => here.ask(site)));
  const second = await Promise.all(sites.map((site) => there.ask(site)));
  const leases = await Promise.all(sites.map((site) => here.connect(site)));
  const others = await Promise.all(sites.map((site) => there.connect(site)));
  await bound.announce(
    'here',
    sites.map(({ ip }) => ip),
  );
  const taken = await Promise.all(sites.map(({ ip }) => warmup.take({ ip, provider: 'other' })));
  await Promise.all(sites.map(({ ip }) => warmup.forget(ip)));
  for (const { site, ip } of sites) board.note(site, { rule: 'r', text: 't', untilMs: 1, ip, site });

  assert.ok(first.every(({ kind }) => kind === 'go'));
  assert.ok(second.every(({ kind }) => kind === 'wait'));
  assert.ok(leases.every((lease) => lease !== undefined));
  assert.ok(others.every((lease) => lease === undefined));
  assert.ok(taken.every(({ kind }) => kind === 'go'));
  assert.deepEqual(
    await bound.ofMany(['192.0.2.1', '192.0.2.99']),
    new Map([
      ['192.0.2.1', 1],
      ['192.0.2.99', 0],
    ]),
  );
  assert.equal((await Promise.all(sites.map(({ site }) => board.read(site)))).flat().length, sites.length);
  assert.equal(await createSiteReader(deps).liftOverride('none'), false);
});
