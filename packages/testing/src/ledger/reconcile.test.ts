import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { breachesOf, lineOf, type RecordedEnd, type RunFacts, reconcile } from './reconcile.ts';
import { openSubmissionLedger, readSubmissions, type SubmissionEntry } from './submission-ledger.ts';

const facts: RunFacts = {
  ...{ kills: 2, committingAtKills: [1], ambiguous: 0, unkeyedRepeats: 0 },
  ...{ recoveriesMs: [4_000, 12_000, 6_000], settledMs: [], slowestMs: 900, repeatedBeforeKillMs: [] },
};

test('each accepted message is counted under exactly one end', () => {
  const result = reconcile(
    ['once', 'twice', 'failed', 'queued', 'lost', 'unacked'].flatMap((probe) =>
      submitted(probe, probe !== 'unacked'),
    ),
    ['once', 'twice', 'twice', 'phantom'].map((probe) => ({ probe, isIntact: true })),
    endFor,
    facts,
  );

  const { once, duplicated, failed, queued, lost, unacked, phantom, extraCopies, accepted } = result;
  assert.deepEqual(
    { once, duplicated, failed, queued, lost, unacked, phantom, extraCopies, accepted },
    {
      once: 1,
      duplicated: 1,
      failed: 1,
      queued: 1,
      lost: 1,
      unacked: 1,
      phantom: 1,
      extraCopies: 1,
      accepted: 5,
    },
  );
  assert.equal(once + duplicated + failed + queued + lost, accepted);
});

test('a loss, a phantom, a changed body, a stuck or unrecorded message and a needless copy each break the promise', () => {
  const clean = reconcile(submitted('a', true), [{ probe: 'a', isIntact: true }], endFor, facts);
  assert.deepEqual(breachesOf(clean), []);

  for (const name of ['lost', 'phantom', 'corrupt', 'queued', 'unrecorded', 'extraCopies'] as const) {
    assert.equal(breachesOf({ ...clean, [name]: 2 }).length, 1, name);
  }
  assert.deepEqual(breachesOf({ ...clean, extraCopies: 1 }), [], 'one was being committed');
  assert.equal(breachesOf({ ...clean, extraCopies: 1 }, 0).length, 1, 'none is allowed');
});

test('a copy for each attempt that was undecided, and for each repeat that no key marks as one, is nobody’s fault', () => {
  const clean = reconcile(submitted('a', true), [{ probe: 'a', isIntact: true }], endFor, facts);
  const undecided = { ...facts, ambiguous: 2, unkeyedRepeats: 3 };

  assert.deepEqual(breachesOf({ ...clean, facts: undecided, extraCopies: 6 }), []);
  assert.equal(breachesOf({ ...clean, facts: undecided, extraCopies: 7 }).length, 1);
});

test('a message that arrived and has no recorded end is counted as unrecorded', () => {
  const result = reconcile(submitted('queued', true), [{ probe: 'queued', isIntact: true }], endFor, facts);

  assert.deepEqual([result.once, result.unrecorded], [1, 1]);
});

test('a message that nobody acknowledged may arrive', () => {
  const result = reconcile(submitted('u', false), [{ probe: 'u', isIntact: true }], endFor, facts);

  assert.deepEqual([result.unacked, result.phantom, result.accepted], [1, 0, 0]);
});

test('the line has the recovery in the middle and the longest', () => {
  const line = lineOf(reconcile([], [], endFor, facts));

  assert.match(line, /kills 2 .* recovery p50\/max 6\.0\/12\.0 s .* slowest 0\.9 s$/);
});

test('the line says how shortly before a kill the repeated messages had arrived', () => {
  const line = lineOf(reconcile([], [], endFor, { ...facts, repeatedBeforeKillMs: [40, 7.2, 6] }));

  assert.match(line, /first dots of repeated ones before a kill p50\/max 7\/40 ms$/);
});

test('a ledger whose last line was cut short by a crash is read without it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'submissions.jsonl');
  {
    await using ledger = await openSubmissionLedger(path);
    await Promise.all(submitted('a', true).map((entry) => ledger.append(entry)));
  }
  await appendFile(path, '{"kind":"subm');

  assert.deepEqual(await readSubmissions(path), submitted('a', true));
});

function submitted(probe: string, isAccepted: boolean): SubmissionEntry[] {
  const first: SubmissionEntry = { kind: 'submitted', probe, atMs: 1 };
  return isAccepted ? [first, { kind: 'accepted', probe, statusId: probe, atMs: 2 }] : [first];
}

function endFor(probe: string): RecordedEnd {
  if (probe === 'failed' || probe === 'queued') return probe;
  return probe === 'lost' ? 'unknown' : 'delivered';
}
