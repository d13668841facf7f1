import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyringFromSecret } from './instance-keys.ts';
import { createStatusIdIssuer, inspectStatusId } from './status-id.ts';
import { issueOpenToken, readTrackingToken } from './tracking-token.ts';

const old = 'a'.repeat(32);
const fresh = 'b'.repeat(32);

test('what the old secret signed is known after a new one was put before it', () => {
  const atMs = Date.UTC(2026, 0, 1);
  const issued = createStatusIdIssuer(keyringFromSecret(old), { processSeed: 1 }).issue(7, atMs);

  const inspected = inspectStatusId(keyringFromSecret(`${fresh},${old}`), 7, issued);

  assert.deepEqual(inspected, { kind: 'issued', atMs });
});

test('what the new secret signed stays good after the old one was taken out', () => {
  const keyring = keyringFromSecret(`${fresh},${old}`);
  const send = { statusId: '01900000-0000-8000-8000-0123456789ab', accountId: 1, emailId: 2 };

  const read = readTrackingToken(keyringFromSecret(fresh), issueOpenToken(keyring, send));

  assert.deepEqual(read, { kind: 'open', ...send });
});

test('blanks around the comma belong to no secret', () => {
  assert.deepEqual(
    [...keyringFromSecret(`${fresh}, ${old}`).keys.keys()],
    [...keyringFromSecret(`${fresh},${old}`).keys.keys()],
  );
});

test('a short secret is refused', () => {
  assert.throws(() => keyringFromSecret('short'), RangeError);
});
