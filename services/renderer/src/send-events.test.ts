import assert from 'node:assert/strict';
import { test } from 'node:test';
import { envelopeOf } from './envelope.ts';
import { aSend, keyring } from './fixture.ts';
import { dispatchItemsOf } from './send-events.ts';

test('bounces come back to the sending domain’s own host where it has one, else to the installation’s', () => {
  assert.match(returnPathWith('bounces.shop.test'), /^b\+[a-z0-9]+@bounces\.shop\.test$/);
  assert.match(returnPathWith(undefined), /^b\+[a-z0-9]+@bounces\.installation\.test$/);
});

function returnPathWith(returnPathHost: string | undefined): string {
  const item = aSend({ statusId: '01908b6e-6a00-8abc-8def-0123456789ab' });
  const envelope = envelopeOf(item);
  if (envelope.kind === 'drop') throw new Error(envelope.message);
  const rendered = {
    kind: 'rendered',
    envelope,
    subject: '',
    from: '',
    tracked: 'x',
    returnPathHost,
  } as const;
  const [first] = dispatchItemsOf(
    item,
    { ...rendered, onAmbiguous: 'retry' },
    { keyring, returnPathHost: 'bounces.installation.test', maxAgeMs: 1 },
  );
  return first?.returnPath ?? '';
}
