import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from './fixture.ts';

test('a problem is reported with field, line and column', () => {
  const problems = refused({
    subject: '{{ nope }}',
    html: '<p>\n  {% include "x" %}\n</p>{{ contact.a|safe }}',
  });

  assert.deepEqual(
    problems.map(({ field, line, column }) => `${field} ${line}:${column}`),
    ['subject 1:4', 'html 2:6', 'html 3:18'],
  );
});

const cases: readonly (readonly [string, RegExp])[] = [
  ['{% include "a.html" %}', /include.*not supported.*one email is one template/],
  ['{% module "m" path="x" %}', /module.*not supported/],
  ['{% macro x() %}', /macro.*not supported/],
  ['{{ contact.a|safe }}', /“safe” is not supported.*escaped/],
  ['{{ contact.a|raw }}', /“raw” is not supported/],
  ['{{ contact.a|tojson }}', /“tojson” is not supported/],
  ['{{ contact.a|nope }}', /“nope” is not supported/],
  ['{{ contact.a|replace("x") }}', /needs 2 arguments/],
  ['{{ contact.a|upper(1) }}', /Too many arguments/],
  ['{{ contact.a|truncate(wide=1) }}', /no argument “wide”/],
  ['{{ contact.a is weird }}', /“is weird” is not supported/],
  ['{{ company.name }}', /“company” is not known.*customProperties/],
  ['{{ unsubscribe_link }}', /no unsubscribe link/],
  ['{{ contact }}', /Name the property/],
  ['{{ contact[custom.x] }}', /Name the property/],
  ['{{ now() }}', /now\(\) is not supported: pass the date/],
  ['{{ custom.x.foo() }}', /\.foo\(\) is not supported/],
  ['{{ loop.index }}{{ loop.cycle }}', /loop\.cycle is not supported/],
  ['{% set contact = 1 %}', /cannot be given a value/],
  ['{% set x %}a{% endset %}', /Write \{% set name = value %\}/],
  ['{% if custom.a %}', /never closed: add \{% endif %\}/],
  ['{% endif %}', /outside any/],
  ['{% for a in custom.b %}{% endif %}', /Expected \{% endfor %\}/],
  ['{% if custom.a %}{% else %}{% else %}{% endif %}', /second one/],
  ['{% for a in custom.b %}{% elif custom.c %}{% endfor %}', /belongs to/],
  ['{{ custom.a', /never closed: expected }}/],
  ['{% raw %}{{', /raw %} is never closed/],
  ['{{ custom.a | }}', /filter name/],
  ['{{ }}', /ends too early/],
  ['{{ custom.a b }}', /expected the end of the tag/],
  ['{{ "abc }}', /never closed/],
  ['{{ {"a": 1} }}', /dictionary/],
  ['{{ custom.a ? 1 : 2 }}', /expected the end/],
];

test('what has no translation is refused, and the message says what to use instead', () => {
  for (const [template, message] of cases) {
    const messages = refused({ subject: template }).map((problem) => problem.message);
    assert.ok(
      messages.some((text) => message.test(text)),
      `${template} → ${messages.join(' | ')}`,
    );
  }
});

test('T02: nesting, braces, tags and length beyond reason are refused, fast', () => {
  const started = performance.now();

  for (const html of [
    '{'.repeat(1_000_000),
    '{{'.repeat(500_000),
    '{% if custom.a %}'.repeat(50),
    `{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`,
    `{{ ${'not '.repeat(5_000)}1 }}`,
    `{{ 1${' + 1'.repeat(500)} }}`,
    `{{ custom${'.a'.repeat(200)} }}`,
    '{{ 1 }}'.repeat(20_001),
    'x'.repeat(1_048_577),
  ]) {
    if (html === '{'.repeat(1_000_000)) assert.match(refused({ html })[0]?.message ?? '', /never closed/);
    else assert.ok(refused({ html }).length > 0);
  }

  assert.ok(performance.now() - started < 2_000);
});
