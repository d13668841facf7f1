import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { createMacKey, isMac, macOf, writeMac } from './mac.ts';

describe('mac', () => {
  test('is HMAC-SHA-256 for keys and data of every length, in any order (RFC 2104)', () => {
    for (const keyBytes of [0, 1, 32, 64]) {
      const secret = randomBytes(keyBytes);
      const key = createMacKey(secret);
      for (const dataBytes of [110, 0, 63, 64, 65, 9_000, 1]) {
        const data = randomBytes(dataBytes);
        const expected = createHmac('sha256', secret).update(data).digest();

        assert.deepEqual(macOf(key, data, 32), expected);
        assert.deepEqual(macOf(key, data, 11), expected.subarray(0, 11));
        assert.equal(isMac(key, data, expected.subarray(0, 12)), true);
        assert.equal(isMac(key, data, randomBytes(12)), false);
      }
    }
  });

  test('writes the MAC of what stands before it, cut to the room there is', () => {
    const key = createMacKey(Buffer.alloc(32, 7));
    const bytes = Buffer.alloc(22, 1);

    writeMac(key, bytes, 10);

    assert.deepEqual(bytes, Buffer.concat([Buffer.alloc(10, 1), macOf(key, Buffer.alloc(10, 1), 12)]));
  });

  test('a key that would have to be hashed first is refused', () => {
    assert.throws(() => createMacKey(Buffer.alloc(65)), RangeError);
  });
});
