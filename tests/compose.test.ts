import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');
const makeEnv = path.join(root, 'infra/make-env');

test('the first command of docker-compose.yml sets every variable that the file requires', (t) => {
  const folder = setUp(t);
  execFileSync(makeEnv, { cwd: folder });

  const compose = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  const required = new Set([...compose.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name));
  const env = new Set([...envOf(folder).matchAll(/^([A-Z_]+)=./gm)].map(([, name]) => name));

  assert.ok(required.size > 4);
  assert.deepEqual([...required.difference(env)], []);
});

test('the secrets that it makes stay when it is run again, and are their owner’s alone', (t) => {
  const folder = setUp(t);
  execFileSync(makeEnv, { cwd: folder });
  const first = envOf(folder);

  execFileSync(makeEnv, { cwd: folder });

  assert.equal(envOf(folder), first);
  assert.equal(statSync(path.join(folder, '.env')).mode & 0o077, 0);
  assert.match(readFileSync(path.join(folder, 'tls/cert.pem'), 'utf8'), /BEGIN CERTIFICATE/);
});

function envOf(folder: string): string {
  return readFileSync(path.join(folder, '.env'), 'utf8');
}

function setUp(t: { after: (fn: () => void) => void }): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'posthorn-compose-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
