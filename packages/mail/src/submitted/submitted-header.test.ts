import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSubmittedHeader } from './submitted-header.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const read = (...fields: string[]) => readSubmittedHeader(`${fields.join('\r\n')}\r\n\r\nFrom: body@x.test`);

const froms: readonly (readonly [field: string, name: string, address: string])[] = [
  ['From: a@shop.test', '', 'a@shop.test'],
  ['from:\r\n Shop\r\n <a@SHOP.test>', 'Shop', 'a@shop.test'],
  ['From: =?utf-8?B?R3LDvMOf?= =?utf-8?Q?e_aus?= <a@shop.test>', 'Grüße aus', 'a@shop.test'],
  [utf8('From: Müller <a@shop.test>'), 'Müller', 'a@shop.test'],
  ['From: M\xfcller <a@shop.test>', 'Müller', 'a@shop.test'],
  ['From: cron@shop.test (Cron Daemon)', 'Cron Daemon', 'cron@shop.test'],
  ['From: a@SHOP.test <a@shop.test>', 'a@SHOP.test', 'a@shop.test'],
  ['From: a@shop.test (The (real) shop)', 'The (real) shop', 'a@shop.test'],
  ['From: Acme, Inc. <a@shop.test>', 'Acme, Inc.', 'a@shop.test'],
  ['From: Shop < a@shop.test >', 'Shop', 'a@shop.test'],
  ['From: Shop <@relay.test:a@shop.test>', 'Shop', 'a@shop.test'],
  [utf8('From: 日本語 <a@shop.test>'), '日本語', 'a@shop.test'],
  ['From: "evil@x.test" <a@shop.test>', 'evil@x.test', 'a@shop.test'],
  ['From: Shop: a@shop.test;', '', 'a@shop.test'],
  ['From: "a, b" (c) <a@shop.test>', 'a, b', 'a@shop.test'],
];

for (const [field, name, address] of froms) {
  test(`H03: whose mail it is: ${field.replaceAll('\r\n', '')}`, () => {
    const { from } = read(field, 'Subject: x');
    assert.deepEqual(from && [from.name, from.address], [name, address]);
  });
}

const nobodies = [
  ...[
    'From: a@x.test, b@x.test',
    'From: a@x.test\r\nFrom: a@x.test',
    'From: nobody',
    'From:',
    'Subject: only',
    'From: <a@x.test> <b@x.test>',
  ],
  ...[
    'From: a@x.test b@x.test',
    'From: info@shop.test <a@x.test>',
    'From: g: a@x.test, b@x.test;',
    `From: ${'('.repeat(100_000)}`,
    `From: ${'"\\'.repeat(100_000)}`,
  ],
];

for (const field of nobodies) {
  test(`H03: it is nobody’s mail: ${field.slice(0, 50).replaceAll('\r\n', ' ')}`, () =>
    assert.equal(read(field).from, null));
}

test('a subject in Japanese is read whole, however its words are cut', () => {
  const jis = (...hex: string[]) =>
    hex.map((word) => `=?ISO-2022-JP?B?${Buffer.from(word, 'hex').toString('base64')}?=`).join('\r\n ');
  const [kanji, ascii] = ['1b2442', '1b2842'];

  const whole = [`${kanji}467c${ascii}`, `${kanji}4b5c386c${ascii}`];
  const goesOn = [`${kanji}467c`, `4b5c386c${ascii}`];
  const cutInTwo = [`${kanji}467c4b`, `5c386c${ascii}`];

  for (const words of [whole, goesOn, cutInTwo])
    assert.equal(read(`Subject: ${jis(...words)}`).subject, '日本語');
  assert.equal(
    read('Subject: =?Shift_JIS?B?k/o=?= =?shift_jis?Q?=96{=8C?= =?cp932?Q?x?=').subject.at(0),
    '日',
  );
  assert.equal(read('Subject: =?gb2312?B?1tA=?= =?GB2312?B?zsQ=?=').subject, '中文');
  assert.equal(read('Subject: =?ks_c_5601-1987?B?x9E=?= =?euc-kr?B?sdu=?=').subject, '한글');
});

test('a long subject is cut between characters as people see them, never inside an emoji', () => {
  const family = '👩‍👩‍👧‍👧';
  for (let before = 985; before <= 1_000; before += 1) {
    const { subject } = read(utf8(`Subject: ${'x'.repeat(before)}${family}`));
    assert.ok(subject.length <= 1_000);
    assert.match(subject, /^x+(?:👩‍👩‍👧‍👧)?$/u);
  }
});

test('a subject is read as people see it: words joined, characters that were cut in two made whole', () => {
  const subjects = [
    ['=?utf-8?Q?Gr=C3=BC=C3?=\r\n =?utf-8?Q?=9Fe?= and more', 'Grüße and more'],
    ['=?ISO-8859-1?q?caf=E9_?= =?utf-8?B?4oKs?=', 'café €'],
    ['=?x-none?q?a=E9?= =?broken', 'aé =?broken'],
    ['plain', 'plain'],
    ['', ''],
  ] as const;

  for (const [raw, shown] of subjects) assert.equal(read(`Subject: ${raw}`).subject, shown);
  assert.equal(read(`Subject: ${'x'.repeat(5_000)}`).subject.length, 1_000);
});

test('X-Posthorn-Track is one of four words, in any case; anything else is invalid', () => {
  const wishes = ['none', 'Opens', 'CLICKS', ' all ', 'off', ''].map(
    (value) => read(`X-Posthorn-Track: ${value}`).track,
  );

  assert.deepEqual(wishes, ['none', 'opens', 'clicks', 'all', 'invalid', 'invalid']);
  assert.equal(read('From: a@x.test').track, undefined);
});

test('S12: a header of more than a mebibyte or ten thousand fields is too long', () => {
  assert.equal(read('X: y', `Y: ${'y'.repeat(2_000_000)}`).isTooLong, true);
  assert.equal(read(...Array(10_001).fill('X: y')).isTooLong, true);
  assert.equal(read(...Array(1_000).fill('X: y')).isTooLong, false);
});
