import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Binary, Double, Int32, Long, MaxKey, MinKey, ObjectId, serialize, Timestamp } from 'bson';
import { add, multiply } from './arithmetic.ts';
import { compareValues } from './compare.ts';
import { decode } from './decode.ts';
import { identityOf } from './identity.ts';

const id = new ObjectId('65f000000000000000000001');
/** One of each, in MongoDB's order. */
const ascending: unknown[] = [
  new MinKey(),
  null,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -5n,
  -1.5,
  0,
  new Double(1),
  1.5,
  2n ** 53n,
  2n ** 53n + 1n,
  Number.POSITIVE_INFINITY,
  '',
  'B',
  'a',
  'ab',
  {},
  { a: 1 },
  { a: 1, b: 1 },
  { a: 2 },
  { b: 1 },
  [],
  [1],
  [1, 2],
  [2],
  new Binary(Buffer.from([9])),
  new Binary(Buffer.from([1, 2])),
  new Binary(Buffer.from([1, 3])),
  id,
  new ObjectId('65f000000000000000000002'),
  false,
  true,
  new Date(-1),
  new Date(5),
  new Timestamp({ t: 1, i: 1 }),
  new Timestamp({ t: 2, i: 0 }),
  /a/,
  /b/,
  new MaxKey(),
];

test('values compare in the order of BSON types and then by value', () => {
  for (const [i, a] of ascending.entries()) {
    for (const [k, b] of ascending.entries()) {
      assert.equal(Math.sign(compareValues(a, b)), Math.sign(i - k), `${String(a)} against ${String(b)}`);
    }
  }
});

test('identities are equal exactly where values are', () => {
  const values = [
    ...ascending,
    1,
    1n,
    new Double(-5),
    new ObjectId(id.toHexString()),
    undefined,
    '1',
    '\0n',
    ['1'],
    [1n],
  ];
  for (const a of values) {
    for (const b of values) {
      assert.equal(
        identityOf(a) === identityOf(b) || Object.is(identityOf(a), identityOf(b)),
        compareValues(a, b) === 0,
        `${String(a)} and ${String(b)}`,
      );
    }
  }
});

test('a document is the same bytes again after it was read and written', () => {
  const bytes = serialize({
    int: 5,
    wholeDouble: new Double(5),
    negativeZero: -0,
    double: 0.1,
    large: 1e15,
    long: Long.fromNumber(7),
    text: 'grüße 🚀',
    long_text: 'x'.repeat(500),
    bytes: new Binary(Buffer.from([1, 2, 3]), 128),
    uuid: new Binary(Buffer.alloc(16, 7), 4),
    old: new Binary(Buffer.from([1, 2]), 2),
    id,
    yes: true,
    no: false,
    nothing: null,
    date: new Date(-62_135_596_800_000),
    regex: /^a.b$/im,
    stamp: new Timestamp({ t: 7, i: 9 }),
    nested: { deep: [{ a: [[]] }, { b: {} }] },
    min: new MinKey(),
    max: new MaxKey(),
  });

  assert.deepEqual(Buffer.from(serialize(decode(bytes))), Buffer.from(bytes));
});

test('nothing that was read keeps the message it came in', () => {
  const message = Buffer.from(serialize({ bytes: new Binary(Buffer.from([1, 2, 3])), id }));
  const { bytes, id: read } = decode(message);
  message.fill(0xff);

  assert.deepEqual(
    [bytes instanceof Binary && [...bytes.value()], String(read)],
    [[1, 2, 3], id.toHexString()],
  );
});

test('a field named __proto__ is data', () => {
  const doc = decode(serialize(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}')));

  assert.equal(Object.getPrototypeOf(doc), Object.prototype);
  assert.deepEqual(Object.keys(doc), ['__proto__', 'a']);
});

test('BSON cut short anywhere is refused, never read past its end', () => {
  const bytes = serialize({ a: 'text', b: [1, { c: new Date() }], d: new Binary(Buffer.alloc(9)), e: 1.5 });
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decode(bytes.subarray(0, length)), { code: 22 });
  }
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = 0xff;
    try {
      decode(damaged);
    } catch (error) {
      assert.ok(error instanceof Error && error.name === 'Refusal', String(error));
    }
  }
});

test('sums and products keep the widest type: int32, then int64, and double above all', () => {
  assert.equal(add(1, 2), 3);
  assert.equal(add(2_147_483_647, 1), 2_147_483_648n);
  assert.equal(add(1, 2n), 3n);
  assert.equal(add(0.5, 1), 1.5);
  assert.deepEqual(add(0.5, 0.5), new Double(1));
  assert.deepEqual(add(new Double(1), 1), new Double(2));
  assert.equal(multiply(100_000, 100_000), 10_000_000_000n);
  assert.deepEqual(multiply(new Int32(2).value, 1.5), new Double(3));
});
