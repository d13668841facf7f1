import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { parseShapingRules } from '../rules/load-rules.ts';
import { createShaper, type ShaperDeps } from '../shaper.ts';

/** For tests of this package: a real Redis, a clock that is moved by hand, and shapers as several dispatchers would have them. */
export async function withShapers(yaml: string, { count = 1 }: { count?: number } = {}) {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const link = scope.use(await connectRedis({ url: redis.url, role: 'poster', log: silentLogger }));
  const clock = createFakeClock();
  const held = { rules: parseShapingRules(yaml, 'test.yaml') };
  const start = (owner: string, deps: Partial<ShaperDeps> = {}) =>
    createShaper({
      ...{ redis: link.client, rules: () => held.rules, clock, owner, log: silentLogger, random: () => 0.5 },
      ...deps,
    });
  const shapers = Array.from({ length: count }, (_, at) => scope.use(start(`dispatcher-${at}`)));
  const [shaper] = shapers;
  if (!shaper) throw new RangeError('count must be 1 or more');

  const opened = scope.move();
  return {
    ...{ redis, client: link.client, clock, shaper, shapers, start },
    setRules: (text: string) => {
      held.rules = parseShapingRules(text, 'test.yaml');
    },
    rules: () => held.rules,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Polls until `condition` holds, for what goes to Redis without being awaited. */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await delay(5);
  }
}
