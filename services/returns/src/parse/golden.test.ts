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
  test(`B06: ${name} is read as it was agreed, with any line end`, () => {
    const golden = Golden.parse(JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')));
    const raw = readFileSync(path.join(folder, `${name}.eml`)).toString('latin1');

    for (const text of [raw, ...['\r\n', '\r\r\n', '\r'].map((end) => raw.replaceAll('\n', end))]) {
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

test('S21, B07: whatever does not come from a server is no bounce', () => {
  for (const name of names) {
    const raw = readFileSync(path.join(folder, `${name}.eml`)).toString('latin1');

    assert.notEqual(readReport({ raw, mailFrom: 'eve@attacker.example' }).kind, 'status', name);
  }
});

test('B06: a report from postmaster@ or mailer-daemon@ counts like one from the null sender', () => {
  const raw = readFileSync(path.join(folder, 'dsn-failed.eml')).toString('latin1');
  const report = readReport({ raw, mailFrom: '' });

  for (const mailFrom of ['postmaster@mx.example', 'Postmaster', 'MAILER-DAEMON@mx.example'])
    assert.deepEqual(readReport({ raw, mailFrom }), report, mailFrom);
  for (const mailFrom of ['not-postmaster@mx.example', 'postmaster.jane@mx.example'])
    assert.equal(readReport({ raw, mailFrom }).kind, 'auto-reply', mailFrom);
});

test('B06: reports with bytes changed, doubled and swapped are read or unparsed, and nothing is thrown', () => {
  const random = createRandom(7);
  const raws = names.map((name) => readFileSync(path.join(folder, `${name}.eml`)).toString('latin1'));
  const pick = (max: number) => Math.floor(random() * max);

  for (let round = 0; round < 3_000; round += 1) {
    let raw = raws[pick(raws.length)] ?? '';
    for (let change = 0; change < 8; change += 1) {
      const [at, length] = [pick(raw.length), pick(60)];
      const piece =
        pick(2) === 0 ? raw.slice(pick(raw.length)).slice(0, length) : String.fromCharCode(pick(256));
      raw = raw.slice(0, at) + piece + raw.slice(at + pick(3) * length);
    }
    const report = readReport({ raw, mailFrom: '' });
    assert.ok(['status', 'complaint', 'auto-reply', 'unparsed'].includes(report.kind));
  }
});

/** The same numbers in every run: a linear congruential generator (Numerical Recipes' constants). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
