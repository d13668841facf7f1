import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { parseStrictJson } from './strict-json.ts';

const refusals: Readonly<Record<string, { body: string | Buffer; message: RegExp }>> = {
  'no JSON': { body: '{"a":', message: /not valid JSON/ },
  'an unfinished string': { body: '"abc\\', message: /not valid JSON/ },
  'an empty body': { body: '', message: /not valid JSON/ },
  'two values': { body: '{}{}', message: /not valid JSON/ },
  'a key given twice': { body: '{"a":{"b":1,"c":2,"b":3}}', message: /same key twice/ },
  'a key given twice, once escaped': { body: '{"a":1,"\\u0061":2}', message: /same key twice/ },
  'nesting of 100,000': { body: '['.repeat(100_000), message: /deeper than 32/ },
  'nesting of 33': { body: `${'['.repeat(33)}${']'.repeat(33)}`, message: /deeper than 32/ },
  'an unpaired surrogate in a value': { body: '{"a":"\\ud800"}', message: /unpaired surrogate/ },
  'an unpaired surrogate in a key': { body: '{"\\udc00":1}', message: /unpaired surrogate/ },
  'a number of ten million digits': { body: `{"a":${'9'.repeat(10_000_000)}}`, message: /too large/ },
  'a number that a double rounds': { body: '{"a":9007199254740993}', message: /too large/ },
  'a byte order mark': { body: Buffer.from('\ufeff{}'), message: /byte order mark/ },
  'bytes that are not UTF-8': { body: Buffer.from([0x22, 0xc3, 0x28, 0x22]), message: /not valid UTF-8/ },
  'overlong UTF-8': { body: Buffer.from([0x22, 0xc0, 0xaf, 0x22]), message: /not valid UTF-8/ },
  ['__proto__']: { body: '{"a":{"__proto__":{}}}', message: /__proto__/ },
  constructor: { body: '{"constructor":1}', message: /constructor/ },
  'an escaped __proto__': { body: '{"\\u005f_proto__":1}', message: /__proto__/ },
};

for (const [name, { body, message }] of Object.entries(refusals)) {
  test(`A01: ${name} is refused as an invalid request that says why`, () => {
    assert.throws(
      () => parseStrictJson(Buffer.from(body)),
      (error) => isFault(error, 'invalid_request') && message.test(error.message),
    );
  });
}

test('A01: what is good is parsed as JSON.parse would, whatever its strings hold', () => {
  const values = [
    { a: [1, -2.5, 1 / 3, true, null], b: { a: 1, c: { a: 1 } } },
    { 'a:b': '{"a":1,"a":2}', quotes: 'say \\"hi\\"', slashes: '\\\\', emoji: '😀', escaped: '\u0000\n' },
    `${'\\'.repeat(7)}"`,
    [],
    0,
  ];

  for (const value of values) assert.deepEqual(parseStrictJson(Buffer.from(JSON.stringify(value))), value);
  assert.deepEqual(parseStrictJson(Buffer.from('{"a":"\\ud83d\\ude00","b":"\\u00e9"}')), { a: '😀', b: 'é' });
});

test('A01: nesting of 32 is read', () => {
  assert.ok(parseStrictJson(Buffer.from(`${'['.repeat(32)}${']'.repeat(32)}`)));
});

test('A01: reading takes time linear in the input, also for strings of backslashes', () => {
  const body = Buffer.from(`{"a":"${'\\\\'.repeat(1_000_000)}","b":"${'\\"'.repeat(200_000)}"}`);
  const startedAt = performance.now();

  parseStrictJson(body);

  assert.ok(performance.now() - startedAt < 2_000);
});
