import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from './api.ts';
import { searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'packages/local/src/start/main.ts');

let system: RunningSystem;

before(async () => {
  system = await startRunningSystem();
});
after(() => system[Symbol.asyncDispose]());

test('a second start on the same folder says that one runs already, and ends with 1', async () => {
  const second = run(process.execPath, [main], {
    cwd: root,
    env: { ...process.env, POSTHORN_HOME: system.home },
  });

  await assert.rejects(second, (error: { code: number; stderr: string }) => {
    assert.match(error.stderr, /already runs on/);
    return error.code === 1;
  });
});

test('a start on ports that are taken names them and says what to set, and ends with 1', async () => {
  const port = new URL(system.instance.apiUrl).port;
  const env = { ...process.env, POSTHORN_HOME: `${system.home}-other`, POSTHORN_PORT: port };
  const second = run(process.execPath, [main], { cwd: root, env });

  await assert.rejects(second, (error: { code: number; stderr: string }) => {
    assert.match(error.stderr, new RegExp(`port ${port} \\(gateway\\)`));
    assert.match(error.stderr, /POSTHORN_PORT/);
    return error.code === 1;
  });
});

test('the example of the README sends a message, as it stands there', async () => {
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  const example = /```js\n(import[\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const program = example.replace('.posthorn/running.json', path.join(system.home, 'running.json'));

  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  const found = await eventually('the message of the example', async () => {
    const { messages } = await searchMailbox(system.instance, `message-id:${stdout.trim()}`);
    return messages.length > 0 && messages;
  });

  assert.equal(found.length, 1);
});

test('nothing that it keeps can be read by another user of the machine', async () => {
  const entries = await readdir(system.home, { withFileTypes: true, recursive: true });
  const files = [system.home, ...entries.map(({ parentPath, name }) => path.join(parentPath, name))];
  const open = [];
  for (const file of files) if ((await stat(file)).mode & 0o077) open.push(file);

  assert.ok(files.length > 20);
  assert.deepEqual(open, []);
});

test('Ctrl-C ends every part with 0, and what was sent is there after the next start', async () => {
  const sent = await eventually('the welcome email', async () => {
    const { messages } = await searchMailbox(system.instance, 'to:ada@example.com');
    return messages.length > 0 && messages;
  });
  const pids = Object.values(system.instance.pids);

  const exitCode = await system.stop();
  const alive = pids.filter(isAlive);
  const again = await system.start();
  const kept = await searchMailbox(again, 'to:ada@example.com');

  assert.equal(exitCode, 0);
  assert.deepEqual(alive, []);
  assert.ok(kept.messages.some(({ ID }) => ID === sent[0]?.ID));
  assert.equal(again.apiKey, system.instance.apiKey);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
