import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readAddressList } from './address-list.ts';

type Expected = readonly (string | null)[];

const read: [string, Expected][] = [
  ['ada@example.com', ['|ada@example.com']],
  ['Ada <ada@example.com>, bob@example.com', ['Ada|ada@example.com', '|bob@example.com']],
  ['"Lovelace, Ada" <ada@example.com>', ['Lovelace, Ada|ada@example.com']],
  ['"a \\" <x@y.example>" <ada@example.com>', ['a " <x@y.example>|ada@example.com']],
  ['Dr. "Ada" King-Noel <ada@example.com>', ['Dr. Ada King-Noel|ada@example.com']],
  ['[Team] Ada <ada@example.com>', ['[Team] Ada|ada@example.com']],
  ['=?utf-8?Q?Ren=C3=A9?= <rene@example.com>', ['=?utf-8?Q?Ren=C3=A9?=|rene@example.com']],
  ['ada@example.com <ADA@example.com>', ['ada@example.com|ADA@example.com']],
  ['"a,b"@example.com, <"c d"@example.com>', ['|"a,b"@example.com', '|"c d"@example.com']],
  ['', []],
];

for (const [value, expected] of read)
  test(`an address list is read: ${value || 'empty'}`, () => assert.deepEqual(shown(value), expected));

const comments: [string, Expected][] = [
  ['ada@example.com (Ada (the first), countess)', ['Ada (the first), countess|ada@example.com']],
  ['(a, b) ada@example.com', ['a, b|ada@example.com']],
  ['Ada (\\) not yet) <ada@example.com>', ['Ada|ada@example.com']],
  ['ada (x) @ (y) example (z) . com', ['x|ada@example.com']],
  ['Ada < ada@example.com >', ['Ada|ada@example.com']],
  ['Ada <(here) ada@example.com (there)>', ['Ada|ada@example.com']],
  ['Ada (one (two (three))) Lovelace <ada@example.com>', ['Ada Lovelace|ada@example.com']],
];

for (const [value, expected] of comments)
  test(`comments and blanks may stand between any two tokens: ${value}`, () =>
    assert.deepEqual(shown(value), expected));

const groups: [string, Expected][] = [
  [
    'Friends: ada@example.com, Bob <bob@example.com>; carl@example.com',
    ['|ada@example.com', 'Bob|bob@example.com', '|carl@example.com'],
  ],
  ['undisclosed-recipients:;', []],
  ['"A, B": ada@example.com;', ['|ada@example.com']],
];

for (const [value, expected] of groups)
  test(`groups are opened: ${value}`, () => {
    assert.deepEqual(shown(value), expected);
    assert.equal(readAddressList(value).groups.length, 1);
  });

const obsolete: [string, Expected][] = [
  ['Ada <@relay.example,@other.example:ada@example.com>', ['Ada|ada@example.com']],
  ['ada . king @ example . com', ['|ada.king@example.com']],
  [',, ada@example.com,, ,', ['|ada@example.com']],
  ['ada@example.com; bob@example.com', ['|ada@example.com', '|bob@example.com']],
];

for (const [value, expected] of obsolete)
  test(`obsolete forms are read (RFC 5322, section 4.4): ${value}`, () =>
    assert.deepEqual(shown(value), expected));

const commas: [string, Expected][] = [
  ['Acme, Inc. <a@example.com>', ['Acme, Inc.|a@example.com']],
  ['Acme, Inc. <a@example.com>, Bob <b@example.com>', ['Acme, Inc.|a@example.com', 'Bob|b@example.com']],
  ['Lovelace, Ada, Countess <a@example.com>', ['Lovelace, Ada, Countess|a@example.com']],
  ['Lovelace, "Ada" (née Byron) <a@example.com>', ['Lovelace, Ada|a@example.com']],
];

for (const [value, expected] of commas)
  test(`a comma in a display name without quotes belongs to the name: ${value}`, () => {
    assert.deepEqual(shown(value), expected);
    assert.equal(readAddressList(value).entries[0]?.hasBareComma, true);
  });

const doubtful: [string, Expected][] = [
  ['nonsense, ada@example.com', [null, '|ada@example.com']],
  ['Friends: nonsense; Ada <ada@example.com>', [null, 'Ada|ada@example.com']],
  ['<a@evil.example> <b@shop.example>', [null]],
  ['a@evil.example <b@shop.example>', [null]],
  ['a@evil.example, Inc. <b@shop.example>', ['|a@evil.example', 'Inc.|b@shop.example']],
  ['Inc., a@evil.example <b@shop.example>', [null, null]],
  ['<b@shop.example> a@evil.example', [null]],
  ['<<b@shop.example>>', [null]],
  ['a@evil.example: b@shop.example;', [null]],
  ['a b@example.com', [null]],
  ['Ada <a b@example.com>', [null]],
  ['Ada <ada@example.com', [null]],
  ['"Ada <ada@example.com>', [null]],
  ['Ada <>', [null]],
  ['ada@[192.0.2.1]', [null]],
  ['a@b@example.com', [null]],
  [`${'('.repeat(5_000)}a@example.com`, [null]],
];

for (const [value, expected] of doubtful)
  test(`H03: an entry that readers could read in two ways has no mailbox: ${value.slice(0, 60)}`, () =>
    assert.deepEqual(shown(value), expected));

test('an address in a header may have a local part of over 64 bytes, as rewritten senders have', () => {
  const address = `bounces+order-confirmations-2026=jane.elizabeth.doe=mail.customer.example@shop.example`;

  assert.deepEqual(shown(`<${address}>`), [`|${address}`]);
});

test('no input makes the list reader throw, and it takes time linear in the text', () => {
  const pieces = [
    'a',
    'b.c',
    '@',
    '<',
    '>',
    '"',
    '\\',
    ' ',
    '.',
    ',',
    ':',
    ';',
    '(',
    ')',
    '[',
    ']',
    'é',
    '\r\n ',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces)), (parts) => {
      const text = parts.join('');
      for (const { mailbox, name } of readAddressList(text).entries) {
        if (mailbox) assert.equal(readAddressList(`<${mailbox.address}>`).entries.length, 1);
        if (name) assert.ok(name.start < name.end && name.end <= text.length);
      }
    }),
    { numRuns: 3_000 },
  );
  for (const piece of ['(', '"', '<', 'a, ', 'a <', '\\', '[', ':', 'a@', '(a) '])
    readAddressList(piece.repeat(300_000));
});

function shown(value: string): (string | null)[] {
  return readAddressList(value).entries.map(({ mailbox }) =>
    mailbox ? `${mailbox.name}|${mailbox.address}` : null,
  );
}
