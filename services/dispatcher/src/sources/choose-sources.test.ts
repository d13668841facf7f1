import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChoiceOf, chooseSources } from './choose-sources.ts';
import type { Source } from './source.ts';

const [one, two, three] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;

test('sends spread evenly over the addresses, and one send always leaves from the same', () => {
  const sources = [one, two, three].map((address) => aSource(address));
  const counts = new Map<string, number>();

  for (let send = 0; send < 3_000; send += 1) {
    const first = firstOf({ sources, statusId: `send-${send}` });
    assert.equal(firstOf({ sources: sources.toReversed(), statusId: `send-${send}` }), first);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }

  for (const count of counts.values()) assert.ok(count > 900 && count < 1_100, `${count} of 3000`);
});

test('an address that joins a pool takes over its share and moves nothing else', () => {
  const before = [aSource(one), aSource(two)];
  const after = [...before, aSource(three)];

  const moved = Array.from({ length: 1_000 }, (_, send) => `send-${send}`).flatMap((statusId) => {
    const [was, is] = [firstOf({ sources: before, statusId }), firstOf({ sources: after, statusId })];
    return was === is ? [] : [is];
  });

  assert.ok(moved.length > 250 && moved.length < 420, `${moved.length} of 1000 moved`);
  assert.deepEqual(new Set(moved), new Set([three]));
});

test('F19 a retry keeps the address of the attempt before, also beside better ones', () => {
  const sources = [one, two, three].map((address) => aSource(address));

  for (const address of [one, two, three]) {
    assert.equal(firstOf({ sources, last: { address, isBlocked: false } }), address);
  }
});

test('a retry from another address takes any but the last, and the last where there is no other', () => {
  const sources = [aSource(one), aSource(two)];
  const last = { address: one, isBlocked: true };

  assert.deepEqual(addressesOf({ sources, last }), [two]);
  assert.deepEqual(addressesOf({ sources: [aSource(one)], last }), [one]);
});

test('a retry whose address only another dispatcher has is left to it for a while, then leaves from here', () => {
  const of = {
    sources: [aSource(one), aSource(two)],
    canSendFrom: (address: string) => address !== one,
    isElsewhere: (address: string) => address === one,
    last: { address: one, isBlocked: false },
  };

  assert.deepEqual(choose({ ...of, mayWaitForLast: true }), { kind: 'elsewhere', address: one });
  assert.equal(firstOf({ ...of, mayWaitForLast: false }), two);
  assert.equal(firstOf({ ...of, isElsewhere: () => false }), two);
});

test('only addresses that are warming up or active and can be bound are chosen; else the reason is told', () => {
  const resting = (['checking', 'paused', 'draining'] as const).map((state) => aSource(one, { state }));
  const locked = aSource(two, { socks5: { host: 'relay', port: 1080, isLocked: true } });

  assert.deepEqual(choose({ sources: undefined }), { kind: 'none', reason: 'unknown' });
  assert.deepEqual(choose({ sources: [] }), { kind: 'none', reason: 'empty' });
  assert.deepEqual(choose({ sources: [...resting, locked] }), { kind: 'none', reason: 'unused' });
  assert.deepEqual(choose({ sources: [aSource(one)], canSendFrom: () => false }), {
    kind: 'none',
    reason: 'unbound',
  });
  assert.deepEqual(addressesOf({ sources: [...resting, aSource(three)] }), [three]);
});

test('a site gets mail from an address of a family that it has, where there is one', () => {
  const sources = [aSource(one), aSource('2001:db8::1')];

  assert.deepEqual(addressesOf({ sources, families: new Set([6]) }), ['2001:db8::1']);
  assert.deepEqual(addressesOf({ sources, families: new Set([4]) }), [one]);
  assert.deepEqual(addressesOf({ sources: [aSource(one)], families: new Set([6]) }), [one]);
});

test('what the first choice has no room for goes to warm addresses before other new ones', () => {
  const warming = { state: 'warming', warmup: 'plan' } as const;
  const sources = [aSource(one, warming), aSource(two, warming), aSource(three)];

  for (let send = 0; send < 50; send += 1) {
    const [first, second] = addressesOf({ sources, statusId: `send-${send}` });
    assert.equal(second === three, first !== three);
  }
});

function choose(of: Partial<ChoiceOf>) {
  return chooseSources({
    sources: [],
    canSendFrom: () => true,
    isElsewhere: () => false,
    families: new Set([4, 6]),
    statusId: 'send',
    mayWaitForLast: true,
    ...of,
  });
}

function addressesOf(of: Partial<ChoiceOf>): string[] {
  const choice = choose(of);
  return choice.kind === 'found' ? choice.sources.map(({ address }) => address) : [];
}

function firstOf(of: Partial<ChoiceOf>): string {
  return addressesOf(of)[0] ?? '';
}

function aSource(address: string, fields: Partial<Source> = {}): Source {
  return { address, ehloName: 'mail.sender.example', state: 'active', warmup: 'skip', ...fields };
}
