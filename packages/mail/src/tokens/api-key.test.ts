import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateApiKey, parseApiKey } from './api-key.ts';

test('a new API key reads back as its id and secret, and no two are alike', () => {
  const keys = Array.from({ length: 200 }, generateApiKey);

  assert.equal(new Set(keys.flatMap(({ id, secret }) => [id, secret])).size, 400);
  for (const { id, secret, key } of keys) {
    assert.match(key, /^ph_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    assert.deepEqual(parseApiKey(key), { kind: 'api_key', id, secret });
  }
});

test('A05: a mistyped, cut or foreign key is refused by its checksum, without a look-up', () => {
  const { key } = generateApiKey();
  const mistyped = Array.from(
    key,
    (character, index) => key.slice(0, index) + (character === 'x' ? 'y' : 'x') + key.slice(index + 1),
  );

  for (const text of [
    ...mistyped,
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    '',
    'pat-na1-x',
    key.toLowerCase(),
  ]) {
    assert.deepEqual(parseApiKey(text), { kind: 'invalid' }, text);
  }
});
