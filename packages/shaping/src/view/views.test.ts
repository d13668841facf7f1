import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { until, withShapers } from '../testing/with-shapers.ts';
import { createSiteReader } from './site-reader.ts';
import { createWaitingBoard } from './waiting-board.ts';

const minuteMs = 60_000;
const lane = { ip: '2001:db8::1', site: 'mx.example.net' };
const yaml = `
defaults:
  replies: [{ id: blocked, says: blocked, do: suspend, for: 2h, recover: { over: 1h } }]
`;

test('a site shows what its rules say, what holds now, and why', async () => {
  await using world = await setUp();
  await world.use(lane, async (shaper) => {
    await shaper.connect(lane);
    shaper.observe(lane, { kind: 'deferred', text: '421 blocked' });
  });

  const { sites } = await world.reader.list({ limit: 10 });
  const sinceMs = world.clock.nowMs();
  const id = sites[0]?.overrides[0]?.id ?? '';

  const untilMs = sinceMs + 120 * minuteMs;
  assert.deepEqual(sites, [
    {
      ...lane,
      block: 'defaults',
      limits: { connections: 10, messagesPerConnection: 100, burst: 20, messageRate: '100/s' },
      inForce: { connections: 0, messagesPerMinute: 0, suspendedUntilMs: untilMs },
      openConnections: 0,
      overrides: [
        {
          ...{ id, rule: 'defaults.blocked', kind: 'suspend', state: 'in force', reply: '421 blocked' },
          ...{ sinceMs, untilMs, endMs: untilMs + 60 * minuteMs },
        },
      ],
    },
  ]);
  world.clock.advance(121 * minuteMs);
  const [later] = (await world.reader.list({ limit: 10 })).sites;
  assert.equal(later?.overrides[0]?.state, 'recovering');
});

test('an override that is lifted is gone at once, for everybody', async () => {
  await using world = await setUp();
  await world.use(lane, async (shaper) => {
    shaper.observe(lane, { kind: 'deferred', text: '421 blocked' });
  });
  const [site] = (await world.reader.list({ limit: 1 })).sites;
  const id = site?.overrides[0]?.id ?? '';
  assert.equal((await world.shaper.ask(lane)).kind, 'wait');

  assert.equal(await world.reader.liftOverride(id), true);

  assert.equal((await world.shaper.ask(lane)).kind, 'go');
  assert.equal(await world.reader.liftOverride(id), false);
  for (const other of ['', 'made-up', `${id}x`, Buffer.from('a|b c d').toString('base64url')])
    assert.equal(await world.reader.liftOverride(other), false, other);
});

test('the list comes in pages by site and address, each once, and by either', async () => {
  await using world = await setUp();
  const lanes = Array.from({ length: 1_200 }, (_, at) => ({
    site: `mx${String(Math.floor(at / 2)).padStart(3, '0')}.example.net`,
    ip: `192.0.2.${at % 2}`,
  }));
  await world.useAll(lanes.slice(0, 900));
  world.clock.advance(60 * minuteMs);
  await world.useAll(lanes.slice(600));

  const seen: string[] = [];
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await world.reader.list({ limit: 100, after });
    seen.push(...page.sites.map(({ site, ip }) => `${site} ${ip}`));
    after = page.nextCursor;
  }
  assert.deepEqual(
    seen,
    lanes.map(({ site, ip }) => `${site} ${ip}`),
  );

  const bySite = await world.reader.list({ site: 'mx007.example.net', limit: 10 });
  assert.deepEqual(
    bySite.sites.map(({ ip }) => ip),
    ['192.0.2.0', '192.0.2.1'],
  );
  const both = await world.reader.list({ site: 'mx007.example.net', ip: '192.0.2.1', limit: 10 });
  assert.equal(both.sites.length, 1);
  const byIp = await world.reader.list({ ip: '192.0.2.1', limit: 100 });
  assert.equal(byIp.sites.length, 100);
  assert.ok(byIp.sites.every(({ ip }) => ip === '192.0.2.1'));
  assert.deepEqual((await world.reader.list({ ip: '192.0.2.7', limit: 10 })).sites, []);
});

test('a site that is not used for two hours is listed no more, unless it has an override', async () => {
  await using world = await setUp();
  const blocked = { ...lane, site: 'blocked.example' };
  await world.use(lane);
  await world.use(blocked, async (shaper) => {
    shaper.observe(blocked, { kind: 'deferred', text: '421 blocked' });
  });

  world.clock.advance(150 * minuteMs);
  assert.deepEqual(
    (await world.reader.list({ limit: 10 })).sites.map(({ site }) => site),
    ['blocked.example'],
  );
  world.clock.advance(60 * minuteMs);
  assert.deepEqual((await world.reader.list({ limit: 10 })).sites, []);
});

test('what was last said of each delivery of a send can be read, for a while', async () => {
  await using world = await setUp();
  const board = createWaitingBoard({ redis: world.client, clock: world.clock });
  const wait = { rule: 'defaults.message-rate', text: 'busy', untilMs: 2, ...lane };
  assert.equal(await board.read('s1'), undefined);

  board.note('s1', { ...wait, deliveryId: 's1:0' });
  board.note('s1', { ...wait, deliveryId: 's1:0', text: 'busier' });
  board.note('s1', { ...wait, deliveryId: 's1:1' });
  await until('all is noted', async () => (await board.read('s1'))?.length === 2);
  const noted = await board.read('s1');

  const notedAtMs = world.clock.nowMs();
  assert.deepEqual(noted, [
    { ...wait, deliveryId: 's1:0', text: 'busier', notedAtMs },
    { ...wait, deliveryId: 's1:1', notedAtMs },
  ]);
  assert.equal(await board.read('s2'), undefined);
  const leftMs = await world.client.pttl('ph:waiting:s1');
  assert.ok(leftMs > 14 * minuteMs && leftMs <= 15 * minuteMs);
});

test('while Redis is away the readers say so, and a note is merely lost', async () => {
  await using world = await setUp();
  const board = createWaitingBoard({ redis: world.client, clock: world.clock });
  await world.redis.kill();

  board.note('s1', { rule: 'r', text: 't', untilMs: 1 });
  for (const call of [board.read('s1'), world.reader.list({ limit: 1 }), world.reader.liftOverride('eA')])
    await call.then(
      (answer) => assert.equal(answer, false),
      (error) => assert.ok(isFault(error, 'unavailable')),
    );
});

async function setUp() {
  const world = await withShapers(yaml);
  const { client: redis, clock, rules } = world;
  const useAll = async (lanes: readonly { ip: string; site: string }[]) => {
    await using shaper = world.start('user');
    await Promise.all(lanes.map((on) => shaper.ask(on)));
  };
  return {
    ...world,
    useAll,
    /** A dispatcher that asks for the lane, does what it is told, and ends. */
    use: async (
      on: { ip: string; site: string },
      act: (shaper: ReturnType<typeof world.start>) => Promise<unknown> = async () => undefined,
    ) => {
      await using shaper = world.start('user');
      await shaper.ask(on);
      await act(shaper);
    },
    reader: createSiteReader({ redis, rules, clock }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
