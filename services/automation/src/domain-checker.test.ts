import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, createLogger, Fault } from '@posthorn/runtime';
import type { Domain } from '@posthorn/store';
import { createDomainChecker } from './domain-checker.ts';
import { until } from './testing/until.ts';

test('a domain on which a check throws is logged by its id alone, and the others are checked', async () => {
  await using world = setUp([aDomain('a'), aDomain('b'), aDomain('c')], async ({ id }) => {
    if (id === 'b') throw new TypeError('bug');
    return null;
  });

  await until(() => world.checked.length === 3);

  assert.deepEqual(world.checked.sort(), ['a', 'b', 'c']);
  assert.match(world.logged.join(''), /"domainId":"b".*could not be checked/);
  assert.doesNotMatch(world.logged.join(''), /shop\.test/);
});

test('while MongoDB is away it goes on asking, and says nothing', async () => {
  await using world = setUp([aDomain('a')], async () => null, 3);

  await until(() => world.checked.length === 1);

  assert.deepEqual(world.logged, []);
});

test('a change of state is logged', async () => {
  await using world = setUp([aDomain('a')], async (domain) => ({ ...domain, state: 'verified' }));

  await until(() => world.logged.length === 1);

  assert.match(world.logged[0] ?? '', /"was":"pending","state":"verified"/);
});

test('disposing it waits for the check in hand', async () => {
  const gate = Promise.withResolvers<void>();
  let isDone = false;
  const world = setUp([aDomain('a')], async () => {
    await gate.promise;
    isDone = true;
    return null;
  });
  await until(() => world.checked.length === 1);

  const disposed = world[Symbol.asyncDispose]();
  gate.resolve();
  await disposed;

  assert.equal(isDone, true);
});

test('one that has looked at nothing for ten minutes is not alive', async () => {
  const gate = Promise.withResolvers<null>();
  await using world = setUp([aDomain('a')], () => gate.promise);
  await until(() => world.checked.length === 1);

  assert.deepEqual(await world.health(), { ok: true });
  world.clock.advance(10 * 60_000);
  assert.equal((await world.health()).ok, false);
  gate.resolve(null);
});

function setUp(due: Domain[], check: (domain: Domain) => Promise<Domain | null>, awayFor = 0) {
  const clock = createFakeClock();
  const checked: string[] = [];
  const logged: string[] = [];
  let away = awayFor;
  const checker = createDomainChecker({
    domains: {
      takeDue: async () => {
        away -= 1;
        if (away >= 0) throw new Fault('unavailable', 'away');
        return due.shift() ?? null;
      },
    },
    check: async (domain) => {
      checked.push(domain.id);
      return check(domain);
    },
    ...{ concurrency: 2, lookEveryMs: 5, clock },
    log: createLogger({ service: 'automation', destination: { write: (line) => void logged.push(line) } }),
  });
  const { healthCheck: health } = checker;
  return { clock, checked, logged, health, [Symbol.asyncDispose]: () => checker[Symbol.asyncDispose]() };
}

function aDomain(id: string): Domain {
  return {
    ...{ id, accountId: 7, domain: 'shop.test' },
    ...{ returnPathHost: 'bounces.shop.test', trackingHost: 'links.shop.test' },
    ...{ keys: [], checks: {}, state: 'pending' },
    ...{ createdAtMs: 0, changedAtMs: 0, nextCheckAtMs: 0, revision: 0 },
  };
}
