import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSiteLabel } from './site-label.ts';

test('a named receiver is called by its name, a site with much mail by its own, any other `other`', () => {
  const labelOf = createSiteLabel((site) => (site === 'mx.google.com' ? 'google.com' : 'other'));

  const labels = Array.from({ length: 100 }, () => labelOf('busy.example'));

  assert.deepEqual(
    [labelOf('mx.google.com'), labels[0], labels.at(-1), labelOf('busy.example'), labelOf('quiet.example')],
    ['google.com', 'other', 'busy.example', 'busy.example', 'other'],
  );
});

test('however many sites get mail, and however much, they make a bounded number of names', () => {
  const labelOf = createSiteLabel();

  for (let site = 0; site < 10_000; site += 1) labelOf(`once-${site}.example`);
  const labels = new Set(
    Array.from({ length: 20_000 }, (_, at) => labelOf(`site-${at % 100}.example`)).slice(-1_000),
  );

  assert.equal(labels.size, 21);
  assert.ok(labels.has('other'));
});
