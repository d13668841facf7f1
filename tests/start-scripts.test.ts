import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');

test('every start script takes the place of its shell, so that the signals that npm hands on reach it', () => {
  const manifests = ['package.json', ...globSync('{packages,services}/*/package.json', { cwd: root })];
  const scripts = manifests.map(
    (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).scripts?.start,
  );
  const started = scripts.filter((script) => typeof script === 'string');

  assert.ok(started.length > 7);
  assert.deepEqual(
    started.filter((script) => !script.startsWith('exec ')),
    [],
  );
});
