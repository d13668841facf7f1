import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, createLogger } from '@posthorn/runtime';
import type { SendingIp } from '@posthorn/store';
import { createIpChecker } from './ip-checker.ts';
import { until } from './testing/until.ts';

test('a drained address is an error in the log, told by its id and pool alone', async () => {
  const logged = await logOf(anIp('active'), (ip) => ({
    ...{ ...ip, state: 'draining', drainedFrom: 'active', stateReason: 'Listed on bl.test.' },
    checks: { blocklists: { state: 'failing' } },
  }));

  assert.match(logged, /"level":"error".*"was":"active","state":"draining","reason":"Listed on bl\.test\."/);
  assert.doesNotMatch(logged, /192\.0\.2|mx\.posthorn/);
});

test('a condition that an address does not meet any more is told once, when that changes', async () => {
  const before = {
    ...anIp('active'),
    checks: { ptr: { state: 'passed' }, spf: { state: 'failing' } },
  } as const;

  const logged = await logOf(before, (ip) => ({
    ...ip,
    checks: { ptr: { state: 'failing' }, spf: { state: 'failing' } },
  }));

  assert.match(logged, /"checks":\["ptr"\].*needs attention/);
});

test('an address on which a check throws is logged, and the others are checked', async () => {
  const checked: string[] = [];
  const logged = await logOf(
    anIp('active'),
    (ip) => {
      checked.push(ip.id);
      throw new TypeError('bug');
    },
    anIp('checking', 'ip2'),
  );

  assert.deepEqual(checked.sort(), ['ip1', 'ip2']);
  assert.match(logged, /"ipId":"ip1".*sending ip could not be checked/);
});

/** What is logged of the check of one address, and of others that are due with it. */
async function logOf(
  ip: SendingIp,
  check: (ip: SendingIp) => SendingIp,
  ...others: SendingIp[]
): Promise<string> {
  const logged: string[] = [];
  const due = [ip, ...others];
  let checked = 0;
  {
    await using _ = createIpChecker({
      ips: { takeDue: async () => due.shift() ?? null },
      check: async (one) => {
        checked += 1;
        return check(one);
      },
      ...{ concurrency: 2, lookEveryMs: 5, clock: createFakeClock() },
      log: createLogger({ service: 'automation', destination: { write: (line) => void logged.push(line) } }),
    });
    await until(() => checked > others.length);
  }
  return logged.join('');
}

function anIp(state: SendingIp['state'], id = 'ip1'): SendingIp {
  return {
    ...{ id, address: '192.0.2.7', ehloName: 'mx.posthorn.test', pool: 'default', state },
    ...{ warmup: 'plan', checks: {}, createdAtMs: 0, updatedAtMs: 0, nextCheckAtMs: 0, revision: 0 },
  };
}
