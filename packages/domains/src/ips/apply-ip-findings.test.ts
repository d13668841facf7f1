import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpState, SendingIp } from '@posthorn/store';
import { applyIpFindings, checksOf, type IpFindings } from './apply-ip-findings.ts';
import type { IpJudgement } from './ip-judgement.ts';

const nowMs = 10 * 3_600_000;
const passed: IpJudgement = { kind: 'passed' };
const healthy: IpFindings = { bound: passed, ptr: passed, ehlo: passed, spf: passed, blocklists: passed };
const listed: IpFindings = {
  ...healthy,
  blocklists: { kind: 'failing', message: 'Listed on bl.test.', found: ['bl.test'] },
};
const unknown: IpJudgement = { kind: 'unknown', reason: 'no DNS server could be reached' };
const away = Object.fromEntries(Object.keys(healthy).map((name) => [name, unknown]));

test('an address that meets every condition begins: with its warm-up, or at once where it is warm', () => {
  assert.equal(after(anIp('checking'), healthy).state, 'warming');
  assert.equal(after(anIp('checking'), healthy, { isWarm: true }).state, 'active');
  assert.equal(after(anIp('warming'), healthy, { isWarm: true }).state, 'active');
});

for (const name of ['bound', 'ptr', 'ehlo', 'spf', 'blocklists'] as const) {
  test(`an address whose ${name} fails does not begin, and says so`, () => {
    const ip = after(anIp('checking'), { ...healthy, [name]: { kind: 'failing', message: 'Mend it.' } });

    assert.deepEqual([ip.state, ip.stateReason], ['checking', `Not ready: ${name}.`]);
    assert.deepEqual(ip.checks[name], { state: 'failing', message: 'Mend it.', checkedAtMs: nowMs });
  });

  test(`an address whose ${name} could not be asked yet does not begin`, () => {
    assert.equal(after(anIp('checking'), { ...healthy, [name]: unknown }).state, 'checking');
  });
}

test('what sends goes on while names or SPF are wrong: that is for people to mend', () => {
  const failing = { kind: 'failing', message: 'x' } as const;

  for (const state of ['warming', 'active'] as const) {
    const ip = after(anIp(state), { ...healthy, bound: failing, ptr: failing, ehlo: failing, spf: failing });
    assert.equal(ip.state, state);
  }
});

for (const state of ['warming', 'active'] as const) {
  test(`a listed address that was ${state} is drained at once, and is ${state} again when it is clean`, () => {
    const drained = after(anIp(state), listed);
    const stillListed = after(drained, listed);
    const notAsked = after(drained, away);
    const back = after(drained, healthy);

    assert.deepEqual([drained.state, drained.stateReason], ['draining', 'Listed on bl.test.']);
    assert.deepEqual([stillListed.state, notAsked.state], ['draining', 'draining']);
    assert.deepEqual([back.state, back.stateReason, back.drainedFrom], [state, undefined, undefined]);
  });
}

test('what an operator paused or drained stays so, healthy or listed', () => {
  for (const state of ['paused', 'draining'] as const)
    for (const findings of [healthy, listed, away]) {
      const ip = after(anIp(state, { stateReason: 'By hand.' }), findings, { isWarm: true });
      assert.deepEqual([ip.state, ip.stateReason], [state, 'By hand.']);
    }
});

test('trouble in asking changes no state and no check', () => {
  const seen = after(anIp('active'), healthy);
  const ip = after(seen, away);

  assert.equal(ip.state, 'active');
  assert.deepEqual(
    Object.values(ip.checks).map(({ state }) => state),
    Array(5).fill('passed'),
  );
  assert.match(ip.checks['ptr']?.message ?? '', /Could not be checked: no DNS server could be reached/);
});

test('an address that is active does not go back to its warm-up because nobody can say how warm it is', () => {
  assert.equal(after(anIp('active'), healthy, { isWarm: false }).state, 'active');
});

test('of an address that nobody outside sees only binding counts', () => {
  const ip = anIp('checking', { address: '127.0.0.2' });

  assert.deepEqual(checksOf(ip), ['bound']);
  const begun = after(ip, { bound: passed });
  assert.equal(begun.state, 'warming');
  assert.deepEqual(Object.keys(begun.checks), ['bound']);
});

test('it is checked each minute at first, each 5 later, hourly once it sends, sooner where something is open', () => {
  const minutesTo = (ip: SendingIp) => (ip.nextCheckAtMs - nowMs) / 60_000;
  const unready = { ...healthy, ptr: { kind: 'failing', message: 'x' } } as const;

  assert.equal(minutesTo(after(anIp('checking', { createdAtMs: nowMs }), unready)), 1);
  assert.equal(minutesTo(after(anIp('checking'), unready)), 5);
  assert.equal(minutesTo(after(anIp('active'), healthy)), 60);
  assert.equal(minutesTo(after(anIp('active'), listed)), 15);
  assert.equal(minutesTo(after(anIp('active'), { ...healthy, spf: unknown })), 5);
});

test('a change of state is dated, a look that changes nothing is not', () => {
  assert.equal(after(anIp('checking'), healthy).updatedAtMs, nowMs);
  assert.equal(after(anIp('active'), healthy).updatedAtMs, 0);
});

function after(ip: SendingIp, findings: IpFindings, { isWarm = false } = {}): SendingIp {
  const { stateReason, drainedFrom, socks5, ...change } = applyIpFindings(ip, findings, {
    ...{ nowMs, isWarm, jitter: 0 },
  });
  const { stateReason: _, drainedFrom: __, ...rest } = ip;
  return {
    ...{ ...rest, ...change },
    ...(stateReason !== undefined && { stateReason }),
    ...(drainedFrom !== undefined && { drainedFrom }),
    ...(socks5 !== undefined && { socks5 }),
  };
}

function anIp(state: IpState, fields: Partial<SendingIp> = {}): SendingIp {
  return {
    ...{ id: 'ip1', address: '192.0.2.7', ehloName: 'mx.posthorn.test', pool: 'default', state },
    ...{ warmup: 'plan', checks: {}, createdAtMs: 0, updatedAtMs: 0, nextCheckAtMs: 0, revision: 0 },
    ...fields,
  };
}
