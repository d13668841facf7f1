import assert from 'node:assert/strict';
import { test } from 'node:test';
import { returnBytesMax } from '@posthorn/contracts';
import { silentLogger, startThreadPool } from '@posthorn/runtime';
import { parseLimits } from './parse-limits.ts';
import { readReport } from './read-report.ts';
import type { ReadTask, Report } from './report.ts';

const read = (raw: string): Report => readReport({ raw: raw.slice(0, returnBytesMax), mailFrom: '' });
const multipart = (boundary: string) =>
  `Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n`;

test('H07: parts nested deeper than 20 are unparsed, 100, 1,000 or 50,000 of them', () => {
  for (const depth of [100, 1_000, 50_000]) {
    const raw = Array.from({ length: depth }, (_, at) => multipart(`b${at}`)).join('');
    assert.deepEqual(read(raw), { kind: 'unparsed', reason: 'parts are nested too deep' });
  }
});

test('H07: one boundary used at every depth is unparsed too', () => {
  assert.deepEqual(read(multipart('same').repeat(500)).kind, 'unparsed');
});

test('H07: more than 1,000 parts are unparsed', () => {
  const raw = `${multipart('b')}${'\n--b\n\nx'.repeat(1_200)}`;

  assert.deepEqual(read(raw), { kind: 'unparsed', reason: 'there are too many parts' });
});

test('H07: a header of more than 128 KB is unparsed, of a part, a message or one inside', () => {
  const long = `X-Long: ${'a'.repeat(140 * 1024)}\n\n`;

  for (const raw of [long, `${multipart('b')}${long}`])
    assert.deepEqual(read(raw), { kind: 'unparsed', reason: 'a header is too long' });
});

test('H07: 500 messages inside each other, soft breaks, encoded words and odd charsets end in time', () => {
  const bombs = [
    'Content-Type: message/rfc822\n\n'.repeat(500),
    `Content-Transfer-Encoding: quoted-printable\n\n${'=\n'.repeat(90_000)}`,
    `Content-Transfer-Encoding: quoted-printable\n\n${'= '.repeat(90_000)}`,
    `Subject: ${'=?utf-8?q?=41?= '.repeat(8_000)}\n\nx`,
    `Content-Type: text/plain; charset=utf-7\n\n+AGE-`,
    `Content-Type: text/plain; charset=iso-2022-kr\n\n\u001b$)C`,
    `Content-Type: multipart/mixed; ${'x*0="a"; '.repeat(9_000)}\n\nx`,
    `From: postmaster@x\n\n${'could not be delivered 550 '.repeat(6_000)}`,
    `From: postmaster@x\n\n${'<'.repeat(180_000)}`,
    `From: postmaster@x\nContent-Type: text/html\n\n${'<style>'.repeat(25_000)}`,
    `From: postmaster@x\n\nundelivered\n${'\n \t'.repeat(60_000)}`,
    `${'a: b\n'.repeat(25_000)}\nx`,
    '\n'.repeat(190_000),
    ' '.repeat(190_000),
    `Content-Type: multipart/mixed; boundary=b\n\n${'--b'.repeat(60_000)}`,
    `Content-Type: multipart/mixed; boundary=b\n\n${'\n--bx'.repeat(38_000)}`,
  ];
  for (const bomb of bombs) {
    const startMs = performance.now();
    read(bomb);
    const tookMs = performance.now() - startMs;

    assert.ok(tookMs < 2_000, `${bomb.slice(0, 60)} took ${tookMs} ms`);
  }
});

test('H07: the thread reads a report within its limits', async () => {
  await using pool = startThreadPool<ReadTask, Report>({
    script: new URL('./thread.ts', import.meta.url),
    ...{ size: 1, workerData: {}, memoryMib: parseLimits.memoryMib, log: silentLogger },
    onStuck: () => assert.fail('stuck'),
  });
  const task = { raw: `From: postmaster@x\n\n${'could not be delivered '.repeat(8_000)}`, mailFrom: '' };

  assert.equal((await pool.run(task, { cpuMs: parseLimits.cpuMs })).kind, 'done');
});
