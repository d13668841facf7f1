import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { digestsFromSecret } from './secret-digests.ts';

const [old, fresh] = ['a'.repeat(32), 'b'.repeat(32)];
const [before, during, after] = [old, `${fresh},${old}`, fresh].map(digestsFromSecret);
assert.ok(before && during && after);

test('A05: a secret is known by its keyed digest alone, which names its key', () => {
  const digest = before.make('key');

  assert.match(digest, /^[0-9a-f]{2}\.[\w-]{43}$/);
  assert.equal(before.check('key', digest), 'current');
  for (const [secret, stored] of [
    ['kez', digest],
    ['key', `${digest}x`],
    ['key', digest.replace('.', '')],
    ['key', ''],
  ] as const)
    assert.equal(before.check(secret, stored), 'wrong', stored);
  assert.equal(after.check('key', digest), 'wrong');
});

test('the newest secret makes digests, so that the older one can be taken out', () => {
  const digest = during.make('key');

  assert.equal(during.check('key', digest), 'current');
  assert.equal(after.check('key', digest), 'current');
  assert.equal(before.check('key', digest), 'wrong');
});

test('a digest under an older secret is right as long as that secret is there, and is to be made anew', () => {
  const digest = before.make('key');

  assert.equal(during.check('key', digest), 'outdated');
  assert.equal(during.isOutdated(digest), true);
  assert.equal(during.isOutdated(during.make('key')), false);
  assert.equal(after.check('key', digest), 'wrong');
});

test('a digest of an older version, which names no key, is tried under each', () => {
  const pepper = Buffer.from(hkdfSync('sha256', old, '', 'posthorn pepper v1', 32));
  const digest = createHmac('sha256', pepper).update('key').digest('base64url');

  assert.equal(before.check('key', digest), 'current');
  assert.equal(during.check('key', digest), 'outdated');
  assert.equal(after.check('key', digest), 'wrong');
  assert.equal(before.check('kez', digest), 'wrong');
});
