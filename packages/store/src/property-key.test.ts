import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePropertyKey, encodePropertyKey } from './property-key.ts';

test('every name comes back, and no two names share a key', () => {
  const names = [
    'firstname',
    'a.b',
    'a%2eb',
    '$set',
    '__proto__',
    '_x',
    '',
    '%',
    '%%',
    'é',
    '日本',
    'a\0b',
    '%5f',
  ];

  const keys = names.map(encodePropertyKey);

  assert.deepEqual(keys.map(decodePropertyKey), names);
  assert.equal(new Set(keys).size, names.length);
  for (const key of keys) assert.notEqual(key, '');
  for (const key of keys) assert.doesNotMatch(key, /[.$\0]|^__proto__$/);
});
