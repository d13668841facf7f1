import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readClickToken } from './click-token.ts';
import { createKeyring } from './keyring.ts';
import { createTrackingTokens } from './tracking-token.ts';

const keyring = createKeyring([{ id: 3, secret: 'secret'.repeat(6) }]);
const tokens = createTrackingTokens(keyring, {
  statusId: '01900000-0000-8000-8000-0123456789ab',
  accountId: 1,
  emailId: 2,
});

function targetOf(text: string): string | undefined {
  const read = readClickToken(keyring, text);
  return read.kind === 'click' ? read.target : undefined;
}

test('a click leads to its target whatever sign or letter of another script stands behind its token', () => {
  const ends = [
    ')',
    '.',
    ').',
    ',',
    ';',
    ':',
    '!',
    '?!',
    '>',
    '">',
    "'",
    "'s",
    '&gt;',
    ']',
    '*',
    '**',
    '|',
    '\\',
    '`',
  ];
  const encoded = [...ends, '”', '»', '…', '。', 'をご覧', '，谢谢', '\u00a0x'].map(encodeURIComponent);
  const markup = ['_', '-', '__', '_.', '_)'];

  fc.assert(
    fc.property(fc.webUrl(), fc.constantFrom(...ends, ...encoded, ...markup, ''), (target, end) => {
      const token = tokens.click(1, target) ?? '';
      assert.equal(targetOf(token + end), target);
    }),
    { numRuns: 1_000 },
  );
});

test('K01: a token that is cut, lengthened by a letter, padded or followed by a path is invalid', () => {
  const token = tokens.click(1, 'https://shop.example/') ?? '';

  for (const text of ['', ')', token.slice(0, -1), `${token.slice(0, -1)})`, `${token}A`, `${token}A)`])
    assert.equal(targetOf(text), undefined, text);
  for (const end of ['=', '/', '/..', '%2F', '%3D', '%00', '%0d%0a', '@evil.example', '___'])
    assert.equal(targetOf(token + end), undefined, end);
});
