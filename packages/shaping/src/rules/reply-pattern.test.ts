import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileReplyPattern } from './reply-pattern.ts';

test('a pattern is looked for anywhere, in any case', () => {
  const matches = compileReplyPattern(String.raw`TSS?0[12]|rate.?limit|4\.7\.(5|6)\d\d`);

  for (const text of ['421 4.7.0 [TS01] later', '451 tss02', '450 Rate-Limited', '451 4.7.500 busy'])
    assert.ok(matches(text), text);
  for (const text of ['421 TS03', '451 4.7.1', '4575']) assert.ok(!matches(text), text);
});

test('each kind of piece does what it does in any regular expression', () => {
  for (const [source, yes, no] of [
    ['^4', '421', '521 4'],
    ['busy$', 'is busy', 'busy now'],
    ['a.c', 'abc', 'ac'],
    ['ab?c', 'ac', 'abbc'],
    ['ab{2}c', 'abbc', 'abc'],
    ['ab{1,2}c', 'abbc', 'abbbc'],
    ['(one|two) way', 'two way', 'three way'],
    ['(?:a|b){2}x', 'bax', 'cx'],
    ['[^a-c]x', 'dx', 'ax'],
    [String.raw`\d+ \w+ \(x\)`, '12 ab (x)', 'ab 12 x'],
    [String.raw`\bfull\b`, 'is full now', 'fully'],
    ['x.*?y', 'x--y', 'y x'],
  ] as const) {
    const matches = compileReplyPattern(source);
    assert.ok(matches(yes), `${source} in ${yes}`);
    assert.ok(!matches(no), `${source} not in ${no}`);
  }
});

test('no pattern that is taken takes long, on whatever text', () => {
  const worst = [
    '.*.*x',
    '(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)x',
    'a?a?a?a?a?a?a?a?a?a?aaaaaaaaaax',
    '(messages|recipients).{0,30}(per|in this) (connection|session)',
  ].map(compileReplyPattern);
  const texts = ['a'.repeat(100_000), 'messages '.repeat(10_000), ' '.repeat(100_000)];

  const startedAtMs = performance.now();
  for (const matches of worst) for (const text of texts) assert.equal(matches(text), false);

  assert.ok(performance.now() - startedAtMs < 2_000);
});

test('what could take long, or does what we do not need, is refused and said why', () => {
  for (const [source, why] of [
    ['(a+)+$', /too many repeats/],
    ['(a|a)*b', /too many repeats/],
    ['.*.*.*x', /too many repeats/],
    ['(?=a)b', /look-arounds/],
    ['(?<name>a)', /look-arounds/],
    [String.raw`(a)\1`, /cannot be read from "\\1"/],
    ['a{1,100}', /at most 60/],
    ['(a', /\) is missing/],
    ['a)', /\) too many/],
    ['[a', /cannot be read/],
    ['*a', /cannot be read/],
    ['', /empty/],
    ['a'.repeat(201), /longer than 200/],
  ] as const) {
    assert.throws(() => compileReplyPattern(source), why, source);
  }
});

test('only the first 500 characters of a reply are looked at', () => {
  const matches = compileReplyPattern('end');

  assert.ok(matches(`${'x'.repeat(497)}end`));
  assert.ok(!matches(`${'x'.repeat(498)}end`));
});
