import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyring } from './keyring.ts';
import { createStatusIdIssuer, inspectStatusId } from './status-id.ts';

const atMs = Date.UTC(2026, 10, 21, 12);
const oldSecret = { id: 1, secret: 'old'.repeat(12) };
const newSecret = { id: 2, secret: 'new'.repeat(12) };

test('a statusId is a UUID of version 8 that tells when it was issued, to its account alone', () => {
  const keyring = createKeyring([oldSecret]);
  const id = createStatusIdIssuer(keyring, { processSeed: 0xffff }).issue(2_147_483_647, atMs);

  assert.match(id, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.deepEqual(inspectStatusId(keyring, 2_147_483_647, id), { kind: 'issued', atMs });
  assert.deepEqual(inspectStatusId(keyring, 2_147_483_647, id.toUpperCase()), { kind: 'issued', atMs });
  assert.deepEqual(inspectStatusId(keyring, 1, id), { kind: 'unknown' });
});

test('a statusId with any bit changed, or none of ours, is unknown', () => {
  const keyring = createKeyring([oldSecret]);
  const id = createStatusIdIssuer(keyring, { processSeed: 7 }).issue(1, atMs);

  for (let index = 0; index < id.length; index += 1) {
    const changed = id.slice(0, index) + (id[index] === '0' ? '1' : '0') + id.slice(index + 1);
    assert.deepEqual(inspectStatusId(keyring, 1, changed), { kind: 'unknown' }, changed);
  }
  for (const other of ['', 'x', `${id}0`, crypto.randomUUID(), '00000000-0000-0000-0000-000000000000']) {
    assert.deepEqual(inspectStatusId(keyring, 1, other), { kind: 'unknown' });
  }
});

test('an issuer never repeats: not within a millisecond, not when the clock steps back', () => {
  const issuer = createStatusIdIssuer(createKeyring([oldSecret]), { processSeed: 1 });
  const ids = new Set<string>();

  for (let index = 0; index < 20_000; index += 1)
    ids.add(issuer.issue(1, atMs + (index % 3) - (index % 7) * 1_000));

  assert.equal(ids.size, 20_000);
});

test('more than 2^18 ids of a millisecond go on in the next one', () => {
  const keyring = createKeyring([oldSecret]);
  const issuer = createStatusIdIssuer(keyring, { processSeed: 1, randomCounter: () => 2 ** 18 - 5 });
  const uniqueBits = new Set<string>();

  for (let index = 0; index < 2 ** 18; index += 1) uniqueBits.add(issuer.issue(1, atMs).slice(0, 26));
  const next = issuer.issue(1, atMs);

  assert.equal(uniqueBits.size, 2 ** 18);
  assert.deepEqual(inspectStatusId(keyring, 1, next), { kind: 'issued', atMs: atMs + 1 });
});

test('two processes with other seeds never issue the same id', () => {
  const keyring = createKeyring([oldSecret]);
  const [one, two] = [1, 2].map((processSeed) =>
    createStatusIdIssuer(keyring, { processSeed, randomCounter: () => 0 }),
  );

  assert.notEqual(one?.issue(1, atMs), two?.issue(1, atMs));
});

test('ids of an older key are still known while it is in the keyring, and not after', () => {
  const id = createStatusIdIssuer(createKeyring([oldSecret]), { processSeed: 1 }).issue(1, atMs);

  assert.equal(inspectStatusId(createKeyring([newSecret, oldSecret]), 1, id).kind, 'issued');
  assert.equal(inspectStatusId(createKeyring([newSecret]), 1, id).kind, 'unknown');
});

test('a keyring refuses no secrets, short ones, ids out of range and ids given twice', () => {
  const secret = 's'.repeat(32);
  const wrong = [
    [],
    [{ id: 1, secret: 's'.repeat(31) }],
    [{ id: 256, secret }],
    [{ id: -1, secret }],
    [
      { id: 1, secret },
      { id: 1, secret },
    ],
  ];

  for (const secrets of wrong) assert.throws(() => createKeyring(secrets), RangeError);
});
