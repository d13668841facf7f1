import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressKeyOf, isRoleAddress, type Mailbox, needsSmtpUtf8 } from './mailbox.ts';
import { parseMailbox } from './parse-mailbox.ts';

test('a bare address and one with a name, bare or quoted, are read', () => {
  assert.deepEqual(parseMailbox('ada@example.com'), {
    kind: 'mailbox',
    mailbox: { name: '', address: 'ada@example.com', localPart: 'ada', domain: 'example.com' },
  });
  assert.equal(mailbox('Ada Lovelace <ada@example.com>').name, 'Ada Lovelace');
  assert.equal(mailbox('John Q. Public <j@example.com>').name, 'John Q. Public');
  assert.equal(mailbox('"Acme, \\"Inc\\"" <a@example.com>').name, 'Acme, "Inc"');
  assert.equal(mailbox('  <a@example.com> ').name, '');
  assert.equal(mailbox('שלום 🎉 <a@example.com>').name, 'שלום 🎉');
});

test('the local part keeps its case, the domain does not', () => {
  assert.equal(mailbox("O'Hara+Tag@EXAMPLE.Com").address, "O'Hara+Tag@example.com");
});

test('S08: a valid quoted local part is accepted verbatim', () => {
  assert.equal(mailbox('"a b"@example.com').address, '"a b"@example.com');
  assert.equal(mailbox('N <"a\\"<@>b"@example.com>').address, '"a\\"<@>b"@example.com');
  assert.equal(mailbox('"b@good.example"@evil.example').domain, 'evil.example');
});

test('H03: what parsers read in different ways is refused', () => {
  const confusing = [
    ...['a@evil.example <b@good.example>', 'a@b.example, c@d.example', 'Group: a@b.example;', 'Group:;'],
    ...['(c) a@b.example', 'a(c)@b.example', 'a@b.example (c)', 'N (c) <a@b.example>', '<<a@b.example>>'],
    ...['=?utf-8?q?a?=@b.example', '"=?utf-8?q?a?="@b.example', 'N <=?utf-8?q?a=40evil?=@b.example>'],
    ...[
      '"N" M <a@b.example>',
      'N "M" <a@b.example>',
      'N <a@b.example> M',
      '"N <a@b.example>',
      'a@b@c.example',
    ],
    `${'a:('.repeat(100_000)}`,
  ];

  for (const text of confusing) assert.equal(parseMailbox(text).kind, 'invalid', text.slice(0, 60));
});

test('H01, S08: CR, LF, NUL and other controls are refused anywhere', () => {
  const dirty = [
    'a@b.example\r\nBcc: x@y.example',
    'N\nM <a@b.example>',
    'a\0@b.example',
    'a@b\0.example',
    '\ta@b.example',
  ];

  for (const text of dirty)
    assert.deepEqual(parseMailbox(text), { kind: 'invalid', problem: 'control_character' });
});

test('S08: source routes, bad quotes, missing brackets and parts are refused', () => {
  const broken = [
    ...['<@a.example:b@c.example>', '"\\"@x.example', '"a"b@x.example', '"a""b"@x.example', 'a b@x.example'],
    ...[
      '<a@b.example',
      'a@b.example>',
      '',
      ' ',
      '@',
      'a@',
      '@b.example',
      '<>',
      'N <>',
      'a',
      '.a@b.example',
      'a.@b.example',
    ],
    'a..b@c.example',
  ];

  for (const text of broken) assert.equal(parseMailbox(text).kind, 'invalid', text);
});

test('S08: the limits are 64 bytes of local part, 255 of domain, 254 of address, 1,000 characters of all', () => {
  const domainOf = (length: number): string => `${`${'d'.repeat(49)}.`.repeat(4)}${'e'.repeat(length - 200)}`;

  assert.equal(parseMailbox(`${'a'.repeat(64)}@b.example`).kind, 'mailbox');
  assert.deepEqual(parseMailbox(`${'a'.repeat(65)}@b.example`), {
    kind: 'invalid',
    problem: 'local_part_too_long',
  });
  assert.deepEqual(parseMailbox(`${'é'.repeat(33)}@b.example`), {
    kind: 'invalid',
    problem: 'local_part_too_long',
  });
  assert.equal(parseMailbox(`a@${domainOf(252)}`).kind, 'mailbox');
  assert.deepEqual(parseMailbox(`a@${domainOf(253)}`), { kind: 'invalid', problem: 'address_too_long' });
  assert.deepEqual(parseMailbox(`a@${domainOf(256)}`), { kind: 'invalid', problem: 'domain_syntax' });
  assert.deepEqual(parseMailbox(`a@${'d'.repeat(64)}.example`), {
    kind: 'invalid',
    problem: 'domain_syntax',
  });
  assert.deepEqual(parseMailbox(`${'N'.repeat(1_000)} <a@b.example>`), {
    kind: 'invalid',
    problem: 'too_long',
  });
});

test('S09: an IDN domain becomes its A-label form once, however it is written', () => {
  for (const domain of [
    'münchen.example',
    'MÜNCHEN.example',
    'mu\u0308nchen.example',
    'xn--mnchen-3ya.example',
  ]) {
    assert.equal(mailbox(`a@${domain}`).domain, 'xn--mnchen-3ya.example');
  }
  assert.equal(mailbox('a@faß.example').domain, 'xn--fa-hia.example');
  assert.equal(mailbox('a@例え。テスト').domain, 'xn--r8jz45g.xn--zckzah');
});

test('S09: no spelling of an IP address, a literal, a single label or an encoded domain passes as a domain', () => {
  const domains = [
    '127.0.0.1',
    '０x7f.1',
    '１２７.0.0.1',
    '[127.0.0.1]',
    '[IPv6:::1]',
    'localhost',
    'a.',
    'ex%61mple.com',
  ];

  for (const domain of [
    ...domains,
    'a_b.example',
    '-a.example',
    'a-.example',
    'a..b',
    'b.example.',
    '例え%40.example',
  ]) {
    assert.deepEqual(parseMailbox(`a@${domain}`), { kind: 'invalid', problem: 'domain_syntax' }, domain);
  }
});

test('S09: bidirectional overrides and invisible characters are refused in an address', () => {
  for (const text of [
    'a\u202eb@x.example',
    'a\u200bb@x.example',
    'a\u00a0b@x.example',
    'N\u2066 <a@x.example>',
    'a\ud800@x.example',
  ]) {
    assert.equal(parseMailbox(text).kind, 'invalid', JSON.stringify(text));
  }
});

test('S09: a non-ASCII local part is kept as written; its key is the same in NFC and NFD and in either case', () => {
  const nfc = mailbox('Jos\u00e9@example.com');
  const nfd = mailbox('jose\u0301@EXAMPLE.com');

  assert.equal(nfd.localPart, 'jose\u0301');
  assert.equal(addressKeyOf(nfc), addressKeyOf(nfd));
  assert.equal(needsSmtpUtf8(nfc), true);
  assert.equal(needsSmtpUtf8(mailbox('a@münchen.example')), false);
});

test('S09: quotes that are not needed do not make another key', () => {
  assert.equal(addressKeyOf(mailbox('"a\\da"@example.com')), 'ada@example.com');
  assert.equal(addressKeyOf(mailbox('"a b"@example.com')), '"a b"@example.com');
  assert.notEqual(addressKeyOf(mailbox('"a.."@example.com')), 'a..@example.com');
});

test("the role addresses of HubSpot's list are known in any case", () => {
  for (const role of ['abuse', 'NoReply', 'no-reply', 'undisclosed-recipients', 'INOC']) {
    assert.equal(isRoleAddress(mailbox(`${role}@example.com`)), true);
  }
  assert.equal(isRoleAddress(mailbox('"abuse"@example.com')), true);
  assert.equal(isRoleAddress(mailbox('abuse.desk@example.com')), false);
});

test('no input makes the parser throw, and what it accepts it accepts again unchanged', () => {
  const pieces = fc.constantFrom(
    'a',
    'b.c',
    '@',
    '<',
    '>',
    '"',
    '\\',
    ' ',
    '.',
    ',',
    ':',
    ';',
    '(',
    'é',
    '例',
    '\u202e',
    '=?',
    '?=',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
    fc.emailAddress(),
  );

  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseMailbox(text);
      if (parsed.kind === 'invalid') return;
      assert.deepEqual(mailbox(`<${parsed.mailbox.address}>`), { ...parsed.mailbox, name: '' });
    }),
    { numRuns: 2_000 },
  );
});

function mailbox(text: string): Mailbox {
  const parsed = parseMailbox(text);
  assert.equal(parsed.kind, 'mailbox', `${text.slice(0, 80)}: ${JSON.stringify(parsed)}`);
  return parsed.kind === 'mailbox' ? parsed.mailbox : assert.fail();
}
