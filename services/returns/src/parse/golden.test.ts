import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { readReport } from './read-report.ts';

const folder = path.join(import.meta.dirname, 'fixtures');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.eml'))
  .map((file) => file.slice(0, -'.eml'.length));

/** What stands beside each message: where its form is documented, its envelope sender, and what it says. */
const Golden = z.object({ source: z.string().min(1), mailFrom: z.string(), report: z.unknown() });

for (const name of names) {
  test(`B06: ${name} is read as it was agreed, with either line end`, () => {
    const golden = Golden.parse(JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')));
    const raw = readFileSync(path.join(folder, `${name}.eml`)).toString('latin1');

    for (const text of [raw, raw.replaceAll('\n', '\r\n')]) {
      assert.deepEqual(readReport({ raw: text, mailFrom: golden.mailFrom }), golden.report);
    }
  });
}

test('B06: a report cut short anywhere is read or unparsed, and nothing is thrown', () => {
  for (const name of names) {
    const raw = readFileSync(path.join(folder, `${name}.eml`)).toString('latin1');
    for (let length = 0; length < raw.length; length += 7)
      readReport({ raw: raw.slice(0, length), mailFrom: '' });
  }
});

test('S21, B07: whatever does not come from the null sender is no bounce', () => {
  for (const name of names.filter((name) => !name.startsWith('arf'))) {
    const raw = readFileSync(path.join(folder, `${name}.eml`)).toString('latin1');

    assert.equal(readReport({ raw, mailFrom: 'eve@attacker.example' }).kind, 'auto-reply', name);
  }
});
