import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const shutdown = new URL('./shutdown.ts', import.meta.url).href;
const logger = new URL('./logger.ts', import.meta.url).href;

test('a service that stops in time exits with 0', async () => {
  assert.equal(await exitCodeAfterTerm('async () => {}', 5_000), 0);
});

test('B13: a service that hangs while it stops is ended with 1 at its limit', async () => {
  assert.equal(await exitCodeAfterTerm('() => new Promise(() => {})', 50), 1);
});

test('a rejection that nobody handles ends the process', async () => {
  const child = run('async () => {}', 1_000, "Promise.reject(new Error('bug'))");

  const [code] = await once(child, 'exit');

  assert.equal(code, 1);
});

async function exitCodeAfterTerm(dispose: string, timeoutMs: number): Promise<number> {
  const child = run(dispose, timeoutMs, "console.log('up')");
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return code;
}

function run(dispose: string, timeoutMs: number, then: string) {
  const program = `
    import { stopOnSignal } from '${shutdown}';
    import { silentLogger } from '${logger}';
    stopOnSignal({ [Symbol.asyncDispose]: ${dispose} }, silentLogger, { timeoutMs: ${timeoutMs} });
    setInterval(() => {}, 1000);
    ${then};`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
