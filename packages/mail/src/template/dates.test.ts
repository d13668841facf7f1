import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDraft, show } from './fixture.ts';

const custom = { when: '2026-03-01T09:05:07.089Z', ms: 1_772_355_907_089 };

function assertShown(cases: readonly (readonly [args: string, shown: string])[], filter: string): void {
  for (const [args, shown] of cases)
    for (const name of ['when', 'ms'])
      assert.equal(show(`{{ custom.${name}|${filter}${args} }}`, { custom }), shown, `${filter}${args}`);
}

test('format_date and format_datetime know HubL’s four sizes, zones and locales', () => {
  assertShown(
    [
      ['', 'Mar 1, 2026'],
      ['("short")', '3/1/26'],
      ['("medium")', 'Mar 1, 2026'],
      ['("long")', 'March 1, 2026'],
      ['("full")', 'Sunday, March 1, 2026'],
      ['("long", "UTC", "de-DE")', '1. März 2026'],
      ['("long", locale="de_DE")', '1. März 2026'],
      ['("long", "Pacific/Kiritimati")', 'March 1, 2026'],
    ],
    'format_date',
  );
  assertShown(
    [
      ['', 'Mar 1, 2026, 9:05:07 AM'],
      ['("medium")', 'Mar 1, 2026, 9:05:07 AM'],
      ['("short", "America/New_York")', '3/1/26, 4:05 AM'],
      ['("short", "GMT+2")', '3/1/26, 11:05 AM'],
      ['("long")', 'March 1, 2026 at 9:05:07 AM UTC'],
      ['("medium", "Europe/Berlin", "de-DE")', '01.03.2026, 10:05:07'],
    ],
    'format_datetime',
  );
});

test('format_datetime takes a pattern of Unicode’s letters, as Java does', () => {
  const zone = '"America/New_York"';
  assertShown(
    [
      [`("yyyy-MM-dd")`, '2026-03-01'],
      [`("d MMMM y", ${zone})`, '1 March 2026'],
      [`("EEEE, MMM d, ''yy", ${zone})`, "Sunday, Mar 1, '26"],
      [`("d 'de' MMMM", ${zone}, "es")`, '1 de marzo'],
      [`("EEEE d. MMM / LLL", ${zone}, "de-DE")`, 'Sonntag 1. März / Mär'],
      [`("hh:mm:ss a H k K", ${zone})`, '04:05:07 AM 4 4 4'],
      [`("HH:mm:ss.SSS z", ${zone})`, '04:05:07.089 EST'],
      [`("zzzz VV", ${zone})`, 'Eastern Standard Time America/New_York'],
      [`("Z ZZZZ X XX XXX xxx", ${zone})`, '-0500 GMT-05:00 -05 -0500 -05:00 -05:00'],
      ['("XXX z")', 'Z UTC'],
      ['("[yy] D QQQ SS EEEEE MMMMM")', '26 60 Q1 08 S M'],
    ],
    'format_datetime',
  );
});

test('a pattern of strftime, which format_date took before, still works', () => {
  assert.equal(show('{{ custom.when|format_date("%B %-d, %Y") }}', { custom }), 'March 1, 2026');
});

test('a pattern, zone or locale that means nothing drops the send instead of showing itself', () => {
  for (const args of [
    '"foo"',
    '"{y}"',
    '"\'x"',
    '"medium", "Mars/Base"',
    '"y", "Mars/Base"',
    '"long", "UTC", "x!"',
  ]) {
    const result = renderDraft({ subject: `{{ custom.when|format_datetime(${args}) }}` }, { custom });
    assert.equal(result.kind, 'failed', args);
  }
  assert.equal(
    renderDraft({ subject: '{{ custom.x|format_date }}' }, { custom: { x: 'soon' } }).kind,
    'failed',
  );
});
