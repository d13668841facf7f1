import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { createBagCodec } from './bag.ts';
import { createSealer } from './seal.ts';

const secret = 'a secret of enough length';
const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');

test('a bag comes back as it was, every byte of a latin1 string included', () => {
  const codec = createBagCodec('render', undefined);

  const decoded = codec.decode('b-1', codec.encode('b-1', 7, [JSON.stringify({ i: { bytes } })]));

  assert.deepEqual(decoded, { kind: 'bag', bag: { t: 7, e: [{ i: { bytes } }] } });
});

test('a large bag and then a small one come back whole, whatever characters they hold', () => {
  const codec = createBagCodec('render', undefined);
  const texts = ['é€😀'.repeat(100_000), 'x', '\u2028"\\'];

  for (const text of texts) {
    const decoded = codec.decode('b-1', codec.encode('b-1', 7, [JSON.stringify({ i: text }), '{"i":2}']));
    assert.deepEqual(decoded, { kind: 'bag', bag: { t: 7, e: [{ i: text }, { i: 2 }] } });
  }
});

test('a hundred renditions of one email take little more room than a few', () => {
  const codec = createBagCodec('dispatch', undefined);
  const entry = (n: number) => JSON.stringify({ i: { id: n, rendition: bytes.repeat(32) } });

  const data = codec.encode(
    'b-1',
    7,
    Array.from({ length: 100 }, (_, n) => entry(n)),
  );

  assert.ok(data.length < 3 * codec.encode('b-1', 7, [entry(1)]).length, `${data.length} characters`);
});

test('B17: a sealed bag opens with its key, and only for the lane and the bag it was sealed for', () => {
  const codec = createBagCodec('render', createSealer(secret));
  const data = codec.encode('b-1', 7, ['{"i":1}']);

  assert.equal(codec.decode('b-1', data).kind, 'bag');
  assert.deepEqual(codec.decode('b-2', data), { kind: 'unreadable', reason: 'seal' });
  assert.deepEqual(createBagCodec('events', createSealer(secret)).decode('b-1', data), {
    kind: 'unreadable',
    reason: 'seal',
  });
  assert.deepEqual(createBagCodec('render', undefined).decode('b-1', data), {
    kind: 'unreadable',
    reason: 'seal',
  });
});

test('a key can be changed while bags sealed with the old one are under way', () => {
  const old = createBagCodec('render', createSealer(secret)).encode('b-1', 7, ['{"i":1}']);
  const changed = createBagCodec('render', createSealer(`another secret and the new one,${secret}`));

  assert.equal(changed.decode('b-1', old).kind, 'bag');
});

test('a bag posted before sealing was switched on can still be read', () => {
  const plain = createBagCodec('render', undefined).encode('b-1', 7, ['{"i":1}']);

  assert.equal(createBagCodec('render', createSealer(secret)).decode('b-1', plain).kind, 'bag');
});

test('F50: a bag of a later version, or a damaged one, is told apart and never thrown on', () => {
  const codec = createBagCodec('render', createSealer(secret));
  const reasons = ['2zAAAA', '', 17, { v: 1 }, '1zAAAA', '1sAAAA'].map((data) => codec.decode('b-1', data));

  assert.deepEqual(
    reasons.map((decoded) => (decoded.kind === 'unreadable' ? decoded.reason : 'bag')),
    ['version', 'version', 'version', 'version', 'damaged', 'seal'],
  );
});

test('a seal key that is too short is refused', () => {
  assert.throws(
    () => createSealer('short'),
    (error) => isFault(error, 'misconfigured'),
  );
});
