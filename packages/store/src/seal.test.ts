import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { createSeal } from './seal.ts';

const { seal, open } = createSeal('a secret of at least 32 bytes for tests');

test('what was sealed opens again, and never looks the same twice', () => {
  const first = seal('text', 'here');

  assert.equal(open(first, 'here'), 'text');
  assert.notEqual(seal('text', 'here'), first);
  assert.equal(open(seal('', 'here'), 'here'), '');
});

test('a sealed text that was changed, moved, cut or sealed with another secret does not open', () => {
  const sealed = seal('text', 'here');
  const changed = `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`;
  const other = createSeal('another secret of at least 32 bytes').seal('text', 'here');

  for (const bad of [changed, other, sealed.slice(0, 10), sealed.slice(3), '']) {
    assert.throws(
      () => open(bad, 'here'),
      (error) => isFault(error, 'misconfigured'),
    );
  }
  assert.throws(
    () => open(sealed, 'elsewhere'),
    (error) => isFault(error, 'misconfigured'),
  );
});

test('a new secret before the old one seals, and what the old one sealed still opens', () => {
  const rotated = createSeal(`${'n'.repeat(32)},a secret of at least 32 bytes for tests`);
  const old = createSeal('a secret of at least 32 bytes for tests');

  assert.equal(rotated.open(old.seal('text', 'here'), 'here'), 'text');
  assert.throws(() => old.open(rotated.seal('text', 'here'), 'here'));
  assert.throws(
    () => createSeal(''),
    (error) => isFault(error, 'misconfigured'),
  );
});

test('a text under an older secret is sealed anew, one under the newest is left', () => {
  const [old, fresh] = ['a secret of at least 32 bytes for tests', 'n'.repeat(32)];
  const rotated = createSeal(`${fresh}, ${old}`);

  const renewed = rotated.renew(seal('text', 'here'), 'here');

  assert.equal(createSeal(fresh).open(renewed ?? '', 'here'), 'text');
  assert.equal(rotated.renew(renewed ?? '', 'here'), null);
  assert.throws(() => rotated.renew(seal('text', 'here'), 'elsewhere'));
});
