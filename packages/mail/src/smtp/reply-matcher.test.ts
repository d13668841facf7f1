import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyReply } from './classify-reply.ts';
import { compilePhrase } from './phrase.ts';
import { compileReplyRules } from './reply-matcher.ts';
import { enhancedCodesOf, type ReplyRule } from './reply-rule.ts';
import { readReplyText } from './reply-text.ts';
import { parseReply } from './smtp-reply.ts';

test('a phrase is found in any case and across any punctuation, and only as whole words', () => {
  assert.equal(isSaid('mailbox full', '552 Mailbox-FULL!'), true);
  assert.equal(isSaid("doesn't exist", 'user doesn’t exist'), true);
  assert.equal(isSaid('doesn t exist', "user doesn't exist"), true);
  assert.equal(isSaid('full', 'carefully'), false);
  assert.equal(isSaid('spf', 'spfbl'), false);
});

test('a star stands for the rest of a word or up to 60 characters, never for more', () => {
  assert.equal(isSaid('greylist*', 'Greylisting in action'), true);
  assert.equal(isSaid('mailbox * full', 'mailbox for this user is full'), true);
  assert.equal(isSaid('mailbox * full', 'mailbox full'), true);
  assert.equal(isSaid('mailbox * full', `mailbox ${'x'.repeat(70)} full`), false);
  assert.equal(isSaid('mailbox * full', `mailbox ${'x'.repeat(70)} mailbox is full`), true);
  assert.equal(isSaid('a * b * word', 'a a x b b y word'), true);
  assert.equal(isSaid('full * mailbox', 'mailbox is full'), false);
});

test('an address in a reply is no reason', () => {
  assert.equal(isSaid('dmarc', '550 5.1.1 <dmarc@spam.example>: user unknown'), false);
});

test('an address does not take the words glued to it away with it', () => {
  assert.equal(isSaid('user not exist', '550 <jane@shop.example>:user not exist'), true);
  assert.equal(isSaid('user unknown', '550 jane@shop.example...User unknown'), true);
});

test('accents and typographic signs make no difference, and ideographs need no spaces', () => {
  assert.equal(isSaid('boite pleine', '552 Boîte pleine'), true);
  assert.equal(isSaid('empfanger unbekannt', '550 Empfänger unbekannt'), true);
  assert.equal(isSaid('skrzynka pelna', '552 Skrzynka pełna'), true);
  assert.equal(isSaid('用户不存在', '550 该用户不存在。'), true);
});

test('every IP address counts as the same word', () => {
  for (const ip of ['192.0.2.9', '[192.0.2.9]', 'IP=192.0.2.9', '[2001:db8::9]', '2001:db8:0:1:2:3:4:5'])
    assert.equal(isSaid('ipnumber blocked', `554 ${ip} blocked`), true, ip);
  assert.equal(isSaid('ipnumber', '554 5.7.1 version 1.2.3'), false);
});

test('words inside a link count only for the rules that want them', () => {
  const match = compileReplyRules([
    { id: 'link', class: 'ip-blocked', says: ['list example ip'] },
    { id: 'weak', class: 'policy', says: ['policy'], ignoresLinks: true },
  ]);
  const idOf = (raw: string) => match(parseReply(raw))?.id;

  assert.equal(idOf('550 see https://list.example/ip/192.0.2.9'), 'link');
  assert.equal(idOf('550 see https://mx.example/our-policy.html'), undefined);
  assert.equal(idOf('550 our policy'), 'weak');
});

test('a phrase that could not be found by a word is refused', () => {
  for (const phrase of ['', '*', 'a b', 'ab*', '* *'])
    assert.throws(() => compilePhrase(phrase), RangeError, phrase);
});

test('patterns of enhanced codes stand for what they say', () => {
  assert.deepEqual(enhancedCodesOf('5.1.1'), ['5.1.1']);
  assert.deepEqual(enhancedCodesOf('x.7.25'), ['4.7.25', '5.7.25']);
  assert.deepEqual(enhancedCodesOf('5.7.606-608'), ['5.7.606', '5.7.607', '5.7.608']);
  assert.deepEqual(enhancedCodesOf('5.7.*'), ['5.7.*']);
  for (const wrong of ['', '5.7', '3.1.1', '5.7.1-', '5.7.1.1', '5.*.1'])
    assert.throws(() => enhancedCodesOf(wrong), RangeError, wrong);
});

test('the first rule that matches counts, and a rule matches only when all it names does', () => {
  const match = compileReplyRules([
    { id: 'both', class: 'spam', enhanced: ['5.7.*'], codes: [554], says: ['go away', 'leave us'] },
    { id: 'words', class: 'policy', says: ['go away'] },
    { id: 'code', class: 'policy', enhanced: ['5.7.1'] },
  ]);
  const idOf = (raw: string) => match(parseReply(raw))?.id;

  assert.equal(idOf('554 5.7.9 go away'), 'both');
  assert.equal(idOf('554 5.7.9 leave us'), 'both');
  assert.equal(idOf('550 5.7.9 go away'), 'words');
  assert.equal(idOf('550 5.7.1 no'), 'code');
  assert.equal(idOf('554 5.7.2 no'), undefined);
  assert.equal(idOf('garbage: go away'), 'words');
});

test('a rule that can never match, or twice the same id, is refused by name', () => {
  const refuses = (rules: readonly ReplyRule[], what: RegExp) =>
    assert.throws(() => compileReplyRules(rules), what);

  refuses([{ id: 'empty', class: 'spam' }], /rule empty/);
  refuses([{ id: 'none', class: 'spam', says: [] }], /rule none/);
  refuses([{ id: 'odd', class: 'spam', enhanced: ['5.x'] }], /rule odd/);
  refuses([{ id: 'short', class: 'spam', says: ['no *'] }], /rule short/);
  refuses(
    [
      { id: 'twice', class: 'spam', codes: [550] },
      { id: 'twice', class: 'spam', codes: [551] },
    ],
    /twice/,
  );
});

test('F28 no reply makes matching slow: it takes time in proportion to its length', () => {
  const hostile = [
    'ip '.repeat(3_000),
    'mailbox '.repeat(1_000),
    'a'.repeat(8_000),
    '<'.repeat(8_000),
    '@'.repeat(8_000),
    'try again in '.repeat(600),
    `${'user '.repeat(800)}${'account '.repeat(800)}`,
    `${'5.7.1 '.repeat(1_200)}`,
    '9'.repeat(8_000),
    `${'domain reputation blocked using ip '.repeat(200)}`,
    '1.1.1.'.repeat(1_300),
    'http://a.'.repeat(900),
    '用户'.repeat(4_000),
    'é\u0301'.repeat(3_000),
    ': '.repeat(32_000),
    'https://'.repeat(8_000),
  ].map((text) => parseReply(`550 ${text}`));
  for (const reply of hostile) classifyReply(reply);

  const startedAtMs = performance.now();
  for (let round = 0; round < 20; round += 1) for (const reply of hostile) classifyReply(reply);
  const microseconds = ((performance.now() - startedAtMs) * 1_000) / (20 * hostile.length);

  // About 50 µs when measured alone; a pattern that backtracks would take seconds.
  assert.ok(microseconds < 5_000, `${microseconds} µs a reply`);
});

function isSaid(phrase: string, text: string): boolean {
  return compilePhrase(phrase).isIn(readReplyText(text).all);
}
