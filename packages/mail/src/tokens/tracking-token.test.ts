import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeyring } from './keyring.ts';
import { issueReturnPath, readReturnPath } from './return-path.ts';
import { trackableTarget } from './trackable-target.ts';
import {
  createTrackingTokens,
  issueClickToken,
  issueOpenToken,
  readTrackingToken,
} from './tracking-token.ts';

const keyring = createKeyring([{ id: 3, secret: 'secret'.repeat(6) }]);
const send = {
  statusId: '01900000-0000-8000-8000-0123456789ab',
  accountId: 2 ** 31 - 1,
  emailId: Number.MAX_SAFE_INTEGER,
};
const target = 'https://shop.example/orders/1?a=b&c=%20#d';

test('K01, K02: tokens tell the send, the email, the link and its target', () => {
  const tokens = createTrackingTokens(keyring, send);

  assert.deepEqual(readTrackingToken(keyring, tokens.open()), { kind: 'open', ...send });
  assert.deepEqual(readTrackingToken(keyring, tokens.click(65_535, target) ?? ''), {
    kind: 'click',
    ...send,
    linkIndex: 65_535,
    target,
  });
  assert.equal(tokens.open(), issueOpenToken(keyring, send));
  assert.equal(tokens.click(1, target), issueClickToken(keyring, { ...send, linkIndex: 1, target }));
});

test('K01: a token changed in any character, cut, lengthened or written in another way is invalid', () => {
  const token = createTrackingTokens(keyring, send).click(1, target) ?? '';
  const changed = Array.from(
    token,
    (character, index) => token.slice(0, index) + (character === 'A' ? 'B' : 'A') + token.slice(index + 1),
  );
  const cut = Array.from(token, (_, index) => token.slice(0, index));
  const respelt = [
    `${token}=`,
    `${token}==`,
    ` ${token}`,
    `${token}A`,
    `${token}%00`,
    `${token}/`,
    Buffer.from(token, 'base64url').toString('base64'),
  ];

  for (const text of [...changed, ...cut, ...respelt.filter((text) => text !== token)]) {
    assert.deepEqual(readTrackingToken(keyring, text), { kind: 'invalid' }, text);
  }
});

test('K01: no text makes the reader throw, and none is valid by chance', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from([1, 3, 2, ...bytes]).toString('base64url')),
  );

  fc.assert(
    fc.property(texts, (text) => assert.deepEqual(readTrackingToken(keyring, text), { kind: 'invalid' })),
    { numRuns: 2_000 },
  );
  assert.deepEqual(readTrackingToken(keyring, 'A'.repeat(20_000)), { kind: 'invalid' });
});

test('K01: an open token is no click token, and a token of an unknown key is invalid', () => {
  const other = createKeyring([{ id: 4, secret: 'secret'.repeat(6) }]);
  const sameId = createKeyring([{ id: 3, secret: 'SECRET'.repeat(6) }]);
  const token = issueOpenToken(keyring, send);
  const asClick = Buffer.from(token, 'base64url');
  asClick[2] = 2;

  assert.deepEqual(readTrackingToken(keyring, asClick.toString('base64url')), { kind: 'invalid' });
  assert.deepEqual(readTrackingToken(other, token), { kind: 'invalid' });
  assert.deepEqual(readTrackingToken(sameId, token), { kind: 'invalid' });
});

test('K01: only absolute http and https targets without tricks are tracked', () => {
  const refused = [
    ...[
      'javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//evil.example',
      '\\\\evil.example',
      'https:evil.example',
    ],
    ...[
      'https:/evil.example',
      'https:///evil.example',
      'https://a\\@evil.example',
      'https://a.example/\r\nX: y',
      'https://a.example/\0',
    ],
    ...[
      '',
      '/path',
      'mailto:a@b.example',
      ' https://a.example/',
      'https://',
      'https://[bad/',
      'https://a.example:99999/',
      'ftp://a.example/',
    ],
    `https://a.example/${'x'.repeat(8_192)}`,
    `https://a.example/${'é'.repeat(2_000)}`,
  ];

  for (const text of refused) assert.equal(trackableTarget(text), null, text.slice(0, 60));
  assert.equal(trackableTarget('HTTP://A.example/%7E?x=[1]|{2}'), 'HTTP://A.example/%7E?x=[1]|{2}');
});

test('a target beyond ASCII is made fit for a Location header', () => {
  assert.equal(
    trackableTarget('https://münchen.example/straße?q=ü b'),
    'https://xn--mnchen-3ya.example/stra%C3%9Fe?q=%C3%BC%20b',
  );
  assert.equal(issueClickToken(keyring, { ...send, linkIndex: 0, target: 'javascript:x' }), null);
  assert.equal(issueClickToken(keyring, { ...send, linkIndex: 65_536, target }), null);
});

test('every trackable target comes back as it was signed', () => {
  fc.assert(
    fc.property(
      fc.webUrl({ withFragments: true, withQueryParameters: true, size: 'large' }),
      fc.nat(65_535),
      (url, linkIndex) => {
        const token = issueClickToken(keyring, { ...send, linkIndex, target: url });
        const read = readTrackingToken(keyring, token ?? '');
        assert.deepEqual(read, { kind: 'click', ...send, linkIndex, target: trackableTarget(url) });
      },
    ),
  );
});

test('B01: a return path has at most 64 characters, survives a change of case, and tells the delivery', () => {
  const atMs = Date.UTC(2026, 10, 21, 12);
  const delivery = { statusId: send.statusId, accountId: send.accountId, deliveryIndex: 65_535 };
  const [local = '', host] = issueReturnPath(keyring, {
    ...delivery,
    host: 'bounce.example.com',
    atMs,
  }).split('@');

  assert.equal(host, 'bounce.example.com');
  assert.match(local, /^b\+[a-z2-7]{60}$/);
  for (const text of [local, local.toUpperCase()]) {
    assert.deepEqual(readReturnPath(keyring, text, { nowMs: atMs, maxAgeDays: 10 }), {
      kind: 'valid',
      ...delivery,
      issuedDay: 20_778,
    });
  }
});

test('B01: a guessed or changed return path is invalid', () => {
  const atMs = Date.UTC(2026, 10, 21);
  const [local = ''] = issueReturnPath(keyring, {
    statusId: send.statusId,
    accountId: 1,
    deliveryIndex: 0,
    host: 'x',
    atMs,
  }).split('@');
  const when = { nowMs: atMs, maxAgeDays: 10 };

  for (let index = 0; index < local.length; index += 1) {
    const changed = local.slice(0, index) + (local[index] === 'a' ? 'c' : 'a') + local.slice(index + 1);
    assert.deepEqual(readReturnPath(keyring, changed, when), { kind: 'invalid' }, changed);
    assert.deepEqual(readReturnPath(keyring, local.slice(0, index), when), { kind: 'invalid' });
  }
  assert.deepEqual(readReturnPath(keyring, `${local}a`, when), { kind: 'invalid' });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.equal(readReturnPath(keyring, `b+${text}`, when).kind, 'invalid'),
    ),
  );
});

test('B03: a return path older than its validity is expired', () => {
  const atMs = Date.UTC(2026, 10, 21, 23);
  const [local = ''] = issueReturnPath(keyring, {
    statusId: send.statusId,
    accountId: 1,
    deliveryIndex: 0,
    host: 'x',
    atMs,
  }).split('@');
  const readAfter = (days: number) =>
    readReturnPath(keyring, local, { nowMs: atMs + days * 86_400_000, maxAgeDays: 10 }).kind;

  assert.equal(readAfter(10), 'valid');
  assert.equal(readAfter(11), 'expired');
  assert.equal(readAfter(-1), 'valid');
});
