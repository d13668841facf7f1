import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Binary, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { compareValues } from './compare.ts';
import { KeyWriter } from './key-bytes.ts';

const near = [0, 1, 5, 2 ** 31, 2 ** 53, 2 ** 62, 2 ** 63 - 1024];
const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, false, -0, Number.NaN, new MinKey(), new MaxKey(), /a/, /b/i),
  fc.double(),
  fc.integer(),
  fc.integer({ min: -3, max: 3 }).map((value) => new Double(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc
    .tuple(fc.constantFrom(...near), fc.integer({ min: -3, max: 3 }))
    .map(([n, by]) => BigInt(n) + BigInt(by)),
  fc
    .constantFrom('1.5', '-7', 'NaN', 'Infinity', '9007199254740993')
    .map((text) => Decimal128.fromString(text)),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0002', 'a', '\uffff', '🚀'), maxLength: 4 }),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => new Binary(bytes, (bytes[0] ?? 0) % 6)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.date({ noInvalidDate: true }),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('a', 'b', 'ab', 'a\u0001'), tie('value'), {
        noNullPrototype: true,
      }),
    },
  ),
}));

test('the bytes of two keys compare as their values do, key after key, in either direction', () => {
  const keys = fc
    .integer({ min: 1, max: 3 })
    .chain((length) =>
      fc.tuple(
        fc.array(value, { minLength: length, maxLength: length }),
        fc.array(value, { minLength: length, maxLength: length }),
        fc.array(fc.constantFrom(1, -1), { minLength: length, maxLength: length }),
        fc.boolean(),
      ),
    );
  fc.assert(
    fc.property(keys, ([a, b, directions, isSameStart]) => {
      if (isSameStart) b[0] = a[0];

      assert.equal(compareKeys(a, b, directions), compareBytes(a, b, directions));
    }),
    { numRuns: 20_000, seed: 7 },
  );
});

test('the bytes of a few near neighbours compare as the values do', () => {
  const values = [
    ...[
      -(2n ** 63n),
      -(2n ** 53n) - 1n,
      -(2 ** 53),
      -1,
      -0.5,
      -0,
      0,
      0.5,
      1,
      2 ** 53,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
    ],
    ...['', '\0', '\0a', '\u0001', 'a', 'a\0', 'a\u0001', 'aa', '\ud7ff', '\uffff', '🚀'],
    ...[[], [null], [[]], [1, 2], [[1], 2], {}, { a: {} }, { a: [] }, { a: 1 }, { a: 1, b: 1 }, { b: 0 }],
    ...[new Date(-1), new Date(0), true, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN],
  ];
  for (const a of values)
    for (const b of values)
      for (const direction of [1, -1])
        assert.equal(compareBytes([a], [b], [direction]), compareKeys([a], [b], [direction]), `${a} ${b}`);
});

function compareKeys(a: unknown[], b: unknown[], directions: number[]): number {
  const orders = a.map((one, i) => Math.sign(compareValues(one, b[i])) * (directions[i] ?? 1));
  return orders.find((order) => order !== 0) ?? 0;
}

function compareBytes(a: unknown[], b: unknown[], directions: number[]): number {
  const writer = new KeyWriter();
  return Buffer.compare(writer.encode(a, directions), writer.encode(b, directions));
}
