import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '@posthorn/runtime';
import type { DeliveryMark, DeliveryMarks } from '../delivery-mark.ts';
import { createMarkSeal } from '../mark-seal.ts';
import { entriesIn, type JournalEntry, lineOf } from './journal-entry.ts';
import { bringInLeftJournals } from './left-journals.ts';
import { openOutcomeJournal } from './outcome-journal.ts';

test('F47: what a killed process had noted ends the deliveries that it left undecided', async (t) => {
  const folder = await aFolder(t);
  const { marksOf, written } = aMarkStore({
    undecided: committing(1),
    later: committing(2),
    settled: ended(),
  });
  await leaveBehind(folder, [
    anEntry('undecided'),
    anEntry('later'),
    anEntry('settled'),
    anEntry('unmarked'),
  ]);

  const count = await bringIn(folder, marksOf);

  assert.equal(count, 1);
  assert.deepEqual([...written.keys()], ['undecided']);
  assert.equal(written.get('undecided')?.state, 'ended');
  assert.deepEqual(await readdir(folder), []);
});

test('F47: a line that the end of the process cut short is left out, and those before it count', async (t) => {
  const folder = await aFolder(t);
  const { marksOf, written } = aMarkStore({ whole: committing(1), cut: committing(1) });
  const file = await leaveBehind(folder, [anEntry('whole')]);
  await appendFile(file, JSON.stringify(anEntry('cut')).slice(0, -9));

  await bringIn(folder, marksOf);

  assert.deepEqual([...written.keys()], ['whole']);
});

test('the journal of a living process is left to it, until it has been silent for long', async (t) => {
  const folder = await aFolder(t);
  const { marksOf, written } = aMarkStore({ mine: committing(1) });
  using journal = openOutcomeJournal({ folder, onFailure });
  journal.note(anEntry('mine'));
  await setImmediate();

  assert.equal(await bringIn(folder, marksOf), 0);
  const [name = ''] = await readdir(folder);
  await utimes(path.join(folder, name), new Date(0), new Date(0));
  assert.equal(await bringIn(folder, marksOf), 1);
  assert.deepEqual([...written.keys()], ['mine']);
  await writeFile(path.join(folder, name), '');
});

test('a journal under this very pid, found before there is one of its own, is of a process that had the pid before', async (t) => {
  const folder = await aFolder(t);
  const { marksOf, written } = aMarkStore({ earlier: committing(1) });
  const file = path.join(folder, `${hostname()}_${process.pid}_${randomUUID()}.jsonl`);
  await writeFile(file, lineOf(anEntry('earlier')));
  const deps = { folder, marksOf, nowMs: Date.now, log: silentLogger };

  assert.equal(await bringInLeftJournals(deps), 0);
  assert.equal(await bringInLeftJournals({ ...deps, isFirstLook: true }), 1);
  assert.deepEqual([...written.keys()], ['earlier']);
});

test('while Redis is away nothing is removed', async (t) => {
  const folder = await aFolder(t);
  await leaveBehind(folder, [anEntry('a')]);
  const away = {
    read: () => Promise.reject(new Error('away')),
    write: () => Promise.reject(new Error('away')),
  };

  await assert.rejects(bringIn(folder, () => away));

  assert.equal((await readdir(folder)).length, 1);
});

test('a note is in the file when the turn of the loop ends, and a full segment goes once Redis has all of it', async (t) => {
  const folder = await aFolder(t);
  using journal = openOutcomeJournal({ folder, onFailure, segmentBytesMax: 1_000 });

  const recorded = Array.from({ length: 20 }, (_, at) => journal.note(anEntry(`d${at}`)));
  await setImmediate();
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  assert.equal(texts.flatMap((text) => entriesIn(text)).length, 20);
  assert.ok(texts.length > 1);

  for (const done of recorded) done();
  assert.equal((await readdir(folder)).length, 1);
});

test('a process that stops with everything recorded leaves no file', async (t) => {
  const folder = await aFolder(t);
  {
    using journal = openOutcomeJournal({ folder, onFailure });
    journal.note(anEntry('a'))();
  }
  assert.deepEqual(await readdir(folder), []);
});

test('B17: with a seal the disk shows no recipient, and the next process reads it all the same', async (t) => {
  const folder = await aFolder(t);
  const seal = createMarkSeal('0'.repeat(64));
  const line = lineOf(anEntry('sealed'), seal);
  const file = await leaveBehind(folder, []);
  await appendFile(file, line);
  const { marksOf, written } = aMarkStore({ sealed: committing(1) });

  assert.doesNotMatch(line, /b\.example|sealed/);
  await bringInLeftJournals({ folder, marksOf, seal, nowMs: Date.now, log: silentLogger });

  assert.deepEqual([...written.keys()], ['sealed']);
});

test('F44: a note that cannot be written is told of, and nothing else happens', async (t) => {
  const folder = await aFolder(t);
  const failures: unknown[] = [];
  using journal = openOutcomeJournal({
    folder,
    segmentBytesMax: -1,
    onFailure: (error) => failures.push(error),
  });
  await rm(folder, { recursive: true });

  journal.note(anEntry('a'))();

  assert.equal(failures.length, 1);
  await mkdir(folder);
});

function onFailure(error: unknown): void {
  throw error;
}

function bringIn(
  folder: string,
  marksOf: (lane: string) => Pick<DeliveryMarks, 'read' | 'write'>,
): Promise<number> {
  return bringInLeftJournals({ folder, marksOf, nowMs: Date.now, log: silentLogger });
}

/** A segment of a process that is surely gone. */
async function leaveBehind(folder: string, entries: readonly JournalEntry[]): Promise<string> {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const file = path.join(folder, `${hostname()}_${pid}_${randomUUID()}.jsonl`);
  await writeFile(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return file;
}

function aMarkStore(marks: Readonly<Record<string, DeliveryMark>>) {
  const written = new Map<string, DeliveryMark>();
  const store: Pick<DeliveryMarks, 'read' | 'write'> = {
    read: async (ids) =>
      new Map(
        ids.flatMap((id) => {
          const mark = marks[id];
          return mark ? [[id, mark] as const] : [];
        }),
      ),
    write: async (id, mark) => void written.set(id, mark),
  };
  return { written, marksOf: () => store };
}

function committing(attempt: number): DeliveryMark {
  return { state: 'committing', attempt, ambiguousCount: 0 };
}

function ended(): DeliveryMark {
  return { state: 'ended', ambiguousCount: 0, event: anEntry('x').event };
}

function anEntry(deliveryId: string): JournalEntry {
  const statusId = '01900000-0000-8000-8000-0123456789ab';
  return {
    ...{ lane: 'dispatch-default', deliveryId, ambiguousCount: 0, expiresAtMs: 2 },
    event: {
      ...{ id: statusId, accountId: 1, statusId, emailId: 2, atMs: 1, type: 'DELIVERED' },
      ...{ recipient: 'a@b.example', deliveryId: `${statusId}:0`, attempt: 1, response: '250 ok' },
    },
  };
}

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'journal-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
