import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDraft, show } from './fixture.ts';

const thousand = '{% for a in range(1000) %}';

test('T02: loops within loops, also with an empty body, end at the step limit', () => {
  for (const body of ['', 'x', '{{ c }}']) {
    const html = `${thousand}${thousand.replace(' a ', ' b ')}${thousand.replace(' a ', ' c ')}${body}{% endfor %}{% endfor %}{% endfor %}`;
    assert.deepEqual(renderDraft({ html }), { kind: 'limit' });
  }
});

test('T02: a range is at most 1,000 long', () => {
  assert.equal(show('{{ range(1000000000)|length }} {{ range(0, 10, 0)|length }}'), '1000 0');
});

test('T02: a text or a list that doubles, or grows by replace or join, ends at 2 MiB', () => {
  const doubling = `{% set x = "0123456789" %}{% for i in range(100) %}{% set x = x ~ x %}{% endfor %}{{ x }}`;
  const list = `{% set x = "0123456789" %}{% for i in range(100) %}{% set x = [x, x]|join(x) %}{% endfor %}{{ x }}`;
  const replacing = `{% set x = "aaaaaaaaaa" %}{% for i in range(100) %}{% set x = x|replace("a", "aaaaaaaaaa") %}{% endfor %}{{ x }}`;

  for (const html of [doubling, list, replacing]) assert.deepEqual(renderDraft({ html }), { kind: 'limit' });
});

test('T02: a mail over 2 MiB is a limit', () => {
  const custom = { x: 'y'.repeat(1_500_000) };

  assert.deepEqual(renderDraft({ html: '{{ custom.x }}{{ custom.x }}' }, { custom }), { kind: 'limit' });
});

test('T02: a date format with a width pads nothing (CVE-2026-45357)', () => {
  assert.equal(show('{{ "2026-03-01"|datetimeformat("%5000000d %d") }}'), '%5000000d 01');
  assert.ok(show(`{{ "2026-03-01"|datetimeformat("${'%A'.repeat(900)}") }}`).length <= 1_000);
});

const failures: readonly (readonly [string, RegExp])[] = [
  ['{{ custom.word + 1 - 1 }}', /not a number/],
  ['{{ custom.word|round }}', /not a number/],
  ['{{ 1 / 0 }}', /divides by zero/],
  ['{{ custom.word|datetimeformat }}', /no date/],
  ['{{ 1|datetimeformat("%Y", "Mars/Base") }}', /unknown time zone/],
  ['{{ 1|format_currency("xx-invalid-locale-!", "EUR") }}', /unknown locale/],
];

test('values that do not fit the template fail with a reason that names none of them', () => {
  for (const [subject, reason] of failures) {
    const result = renderDraft({ subject }, { custom: { word: 'confidential' } });
    assert.equal(result.kind, 'failed', subject);
    if (result.kind !== 'failed') continue;
    assert.match(result.reason, reason);
    assert.doesNotMatch(result.reason, /confidential/);
  }
});
