import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault, silentLogger } from '@posthorn/runtime';
import { makeSelfSigned } from './self-signed.ts';
import { type Certificate, readCertificate, watchCertificate } from './watch-certificate.ts';

const nowMs = Date.UTC(2026, 10, 21);

test('a certificate of our own making is one: its name, its time, its key and its signature', () => {
  const { key, cert } = makeSelfSigned('smtp.shop.example', { nowMs });

  const read = new X509Certificate(cert);

  assert.equal(read.checkHost('smtp.shop.example'), 'smtp.shop.example');
  assert.equal(read.checkHost('localhost'), 'localhost');
  assert.equal(read.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(read.checkPrivateKey(createPrivateKey(key)), true);
  assert.equal(read.verify(read.publicKey), true);
  assert.equal(Date.parse(read.validTo), nowMs + 365 * 86_400_000);
  assert.equal(Date.parse(read.validFrom), nowMs - 86_400_000);
  assert.equal(read.ca, false);
});

test('a long name makes a certificate too, and no two are the same', () => {
  const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`;
  const [one, two] = [makeSelfSigned(name, { nowMs }), makeSelfSigned(name, { nowMs })];

  assert.equal(new X509Certificate(one.cert).checkHost(name), name);
  assert.notEqual(new X509Certificate(one.cert).serialNumber, new X509Certificate(two.cert).serialNumber);
});

test('files that are no pair are refused at the start, by name', async () => {
  await using folder = await setUp(makeSelfSigned('one.example', { nowMs }));
  await writeFile(folder.files.key, makeSelfSigned('two.example', { nowMs }).key);

  await assert.rejects(readCertificate(folder.files), (error) => {
    return isFault(error, 'misconfigured') && /TLS_KEY_FILE/.test(error.message);
  });
});

test('a renewed pair is presented as soon as both files are there, half of one never', async () => {
  const [old, renewed] = ['old', 'new'].map((name) => makeSelfSigned(`${name}.example`, { nowMs }));
  assert.ok(old && renewed);
  await using folder = await setUp(old);
  const seen = Promise.withResolvers<Certificate>();
  const heard: Certificate[] = [];
  const onRenewed = (certificate: Certificate) => {
    heard.push(certificate);
    seen.resolve(certificate);
  };
  await using _watch = watchCertificate({
    ...{ files: folder.files, current: old, onRenewed, log: silentLogger, everyMs: 5 },
  });

  await writeFile(folder.files.key, renewed.key);
  await writeFile(folder.files.cert, renewed.cert);

  assert.deepEqual(await seen.promise, renewed);
  assert.equal(heard.length, 1);
});

async function setUp({ key, cert }: Certificate) {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-tls-'));
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  await writeFile(files.key, key);
  await writeFile(files.cert, cert);
  return { files, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
