import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogEntry } from './mail-log.ts';
import { openSegmentLog } from './segment-log.ts';
import { temporaryFolder } from './testing/set-up-mailbox.ts';

test('what was appended is replayed in order with its exact bytes', async () => {
  await using folder = await temporaryFolder();
  const bodies = Array.from({ length: 200 }, (_, at) => Buffer.alloc(at * 37, at));
  await appendAll(folder.path, bodies);

  const replayed = await replayOf(folder.path);

  assert.deepEqual(
    replayed.map(({ id }) => id),
    bodies.map((_, at) => `m${at}`),
  );
  assert.ok(replayed.every(({ body }, at) => body.equals(bodies[at] ?? Buffer.alloc(0))));
});

test('each place gives back its own bytes, also after the log is opened again', async () => {
  await using folder = await temporaryFolder();
  const places = await appendAll(folder.path, [Buffer.from('first'), Buffer.from('second')]);
  await using log = await openSegmentLog(folder.path, () => undefined);

  const read = await Promise.all(places.map((place) => log.read(place)));

  assert.deepEqual(read.map(String), ['first', 'second']);
});

test('a record cut off by a crash is forgotten, and what is appended later is kept', async () => {
  await using folder = await temporaryFolder();
  await appendAll(folder.path, [Buffer.from('whole'), Buffer.from('torn')]);
  const path = await onlySegment(folder.path);
  await truncate(path, (await readFile(path)).length - 2);

  await appendAll(folder.path, [Buffer.from('later')]);

  assert.deepEqual(
    (await replayOf(folder.path)).map(({ body }) => String(body)),
    ['whole', 'later'],
  );
});

test('a record that was altered on disk is not served', async () => {
  await using folder = await temporaryFolder();
  await appendAll(folder.path, [Buffer.from('kept'), Buffer.from('altered')]);
  const path = await onlySegment(folder.path);
  const bytes = await readFile(path);
  bytes.writeUInt8(0x21, bytes.length - 1);
  await writeFile(path, bytes);

  assert.deepEqual(
    (await replayOf(folder.path)).map(({ body }) => String(body)),
    ['kept'],
  );
});

test('rotation lets all older segments be dropped', async () => {
  await using folder = await temporaryFolder();
  await using log = await openSegmentLog(folder.path, () => undefined);
  const old = await log.append(entry('old'), Buffer.from('old'));

  log.rotate();
  const kept = await log.append(entry('new'), Buffer.from('new'));
  await log.dropBefore(kept.segment);

  assert.deepEqual(await readdir(folder.path), ['00000002.log']);
  assert.equal(await log.read(old), null);
  assert.equal(String(await log.read(kept)), 'new');
});

test('appends at the same time share fsyncs and keep their order', async () => {
  await using folder = await temporaryFolder();
  await using log = await openSegmentLog(folder.path, () => undefined);

  const places = await Promise.all(
    Array.from({ length: 500 }, (_, at) => log.append(entry(`m${at}`), Buffer.from(`body ${at}`))),
  );

  assert.deepEqual(
    places.map(({ offsetBytes }) => offsetBytes),
    places.map(({ offsetBytes }) => offsetBytes).toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    await Promise.all(places.map(async (place) => String(await log.read(place)))),
    places.map((_, at) => `body ${at}`),
  );
});

test('a log whose folder cannot be written refuses appends instead of losing them', async () => {
  await using folder = await temporaryFolder();
  await using log = await openSegmentLog(join(folder.path, 'sub'), () => undefined);
  await rm(join(folder.path, 'sub'), { recursive: true });

  await assert.rejects(log.append(entry('lost'), Buffer.from('lost')), /ENOENT/);
});

function entry(id: string): LogEntry {
  return { kind: 'message', id, atMs: 0, mailFrom: '', rcptTo: [] };
}

async function appendAll(folder: string, bodies: readonly Buffer[]) {
  await using log = await openSegmentLog(folder, () => undefined);
  return await Promise.all(bodies.map((body, at) => log.append(entry(`m${at}`), body)));
}

async function replayOf(folder: string) {
  const replayed: { id: string; body: Buffer }[] = [];
  await using _log = await openSegmentLog(folder, (record, body) => {
    if (record.kind === 'message') replayed.push({ id: record.id, body: Buffer.from(body) });
  });
  return replayed;
}

async function onlySegment(folder: string): Promise<string> {
  const [name = '', ...others] = await readdir(folder);
  assert.deepEqual(others, []);
  return join(folder, name);
}
