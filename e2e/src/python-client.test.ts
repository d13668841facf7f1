import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startRunningSystem } from './running-system.ts';

const run = promisify(execFile);
const clientVersion = '12.0.0';
const venv = path.resolve(import.meta.dirname, `../../node_modules/.cache/hubspot-python-${clientVersion}`);
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;

/** CI must run it; elsewhere a machine without Python goes without. */
const skip = !hasPython && process.env['CI'] === undefined && 'needs python3 with venv and pip';

test("HubSpot's Python client authors, publishes, sends, polls and lists, and reads refusals as its own errors", {
  skip,
  timeout: 280_000,
}, async () => {
  const python = await installClient();
  await using system = await startRunningSystem({ POSTHORN_REPLICAS: '1' });
  const { apiUrl, apiKey } = system.instance;

  const { stdout } = await run(python, [path.resolve(import.meta.dirname, 'python-client.py')], {
    env: { ...process.env, BASE_URL: apiUrl, API_KEY: apiKey },
    timeout: 120_000,
  });

  assert.deepEqual(JSON.parse(stdout), {
    created: ['SINGLE_SEND_API', 'AUTOMATED_DRAFT', true],
    read: 'Receipt again',
    sent: ['PENDING', true],
    sendResult: 'SENT',
    pages: [true, 'Python', true],
    unknownKind: [400, 'VALIDATION_ERROR'],
    unauthenticated: [401, 'INVALID_AUTHENTICATION'],
    ignored: 'portalId, count',
    account: true,
    owners: [],
  });
});

/** Installs the client once for each of its versions; resolves with the Python that has it. */
async function installClient(): Promise<string> {
  const python = path.join(venv, 'bin/python');
  if (existsSync(path.join(venv, 'installed'))) return python;
  await run('python3', ['-m', 'venv', '--clear', venv]);
  await run(python, ['-m', 'pip', 'install', '--quiet', `hubspot-api-client==${clientVersion}`]);
  await run(python, ['-c', `open(${JSON.stringify(path.join(venv, 'installed'))}, 'w').close()`]);
  return python;
}
