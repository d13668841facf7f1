import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const shutdown = new URL('./shutdown.ts', import.meta.url).href;
const logger = new URL('./logger.ts', import.meta.url).href;

test('a service that stops in time exits with 0', async () => {
  assert.equal(await exitCodeAfter('SIGTERM', 'async () => {}', 5_000), 0);
});

test('B13: a service that hangs while it stops is ended with 1 at its limit', async () => {
  assert.equal(await exitCodeAfter('SIGTERM', '() => new Promise(() => {})', 50), 1);
});

test('a service whose terminal is closed stops in order', async () => {
  assert.equal(await exitCodeAfter('SIGHUP', 'async () => {}', 5_000), 0);
});

test('a service that npm runs stops in order when npm is killed', async () => {
  const service = program('async () => {}', 5_000, 'console.log(process.pid)');
  // Stands for npm: a process in between that hands nothing on.
  const npm = `
    import { spawn } from 'node:child_process';
    spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(service)}], { stdio: ['ignore', 'inherit', 'ignore'] });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', npm], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(parent.stdout, 'data');

  parent.kill('SIGKILL');

  // The pipe closes when the last process that holds it has ended.
  await once(parent.stdout.resume(), 'close');
});

test('a rejection that nobody handles ends the process', async () => {
  const child = run('async () => {}', 1_000, "Promise.reject(new Error('bug'))");

  const [code] = await once(child, 'exit');

  assert.equal(code, 1);
});

async function exitCodeAfter(signal: NodeJS.Signals, dispose: string, timeoutMs: number): Promise<number> {
  const child = run(dispose, timeoutMs, "console.log('up')");
  await once(child.stdout, 'data');
  child.kill(signal);
  const [code] = await once(child, 'exit');
  return code;
}

function run(dispose: string, timeoutMs: number, then: string) {
  return spawn(process.execPath, ['--input-type=module', '-e', program(dispose, timeoutMs, then)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function program(dispose: string, timeoutMs: number, then: string): string {
  return `
    import { stopOnSignal } from '${shutdown}';
    import { silentLogger } from '${logger}';
    stopOnSignal({ [Symbol.asyncDispose]: ${dispose} }, silentLogger, { timeoutMs: ${timeoutMs}, endsWithParent: true });
    setInterval(() => {}, 1000);
    ${then};`;
}
