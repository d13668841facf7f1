import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddressList } from './address-list.ts';

const cases: [string, string[]][] = [
  ['ada@example.com', ['ada@example.com']],
  ['Ada <ada@example.com>, bob@example.com', ['ada@example.com', 'bob@example.com']],
  ['"Lovelace, Ada" <ada@example.com>', ['ada@example.com']],
  ['"a \\" <x@y.example>" <ada@example.com>', ['ada@example.com']],
  ['ada@example.com (Ada (the first), countess)', ['ada@example.com']],
  ['(a, b) ada@example.com', ['ada@example.com']],
  [
    'Friends: ada@example.com, Bob <bob@example.com>; carl@example.com',
    ['ada@example.com', 'bob@example.com', 'carl@example.com'],
  ],
  ['undisclosed-recipients:;', []],
  ['=?utf-8?Q?Ren=C3=A9?= <rene@example.com>', ['rene@example.com']],
  ['ada@example.com <ada@example.com>', ['ada@example.com']],
  ['"a,b"@example.com, <"c d"@example.com>', ['"a,b"@example.com', '"c d"@example.com']],
  ['nonsense, ada@example.com', ['ada@example.com']],
  ['<a@evil.example> <b@shop.example>', []],
  ['a@evil.example <b@shop.example>', []],
  [`${'('.repeat(5_000)}a@example.com`, []],
  ['', []],
];

for (const [value, addresses] of cases)
  test(`an address list is read: ${value.slice(0, 70) || 'empty'}`, () => {
    assert.deepEqual(
      readAddressList(value).mailboxes.map(({ address }) => address),
      addresses,
    );
  });
