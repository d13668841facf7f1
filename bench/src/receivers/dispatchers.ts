import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Instance } from '@posthorn/local';

const dispatcher = path.resolve(import.meta.dirname, '../../../services/dispatcher');

/** Dispatchers beside the instance's own, as an operator adds them: each a process, on the same Redis and store. */
export type Dispatchers = AsyncDisposable & Readonly<{ pids: readonly number[] }>;

/** Starts `count` of them; each is ready when this resolves. Their logs go to `folder`. */
export async function startDispatchers(
  count: number,
  {
    instance,
    secret,
    folder,
    env,
    firstHealthPort,
  }: Readonly<{
    instance: Instance['running'];
    secret: string;
    folder: string;
    env: Readonly<Record<string, string>>;
    firstHealthPort: number;
  }>,
): Promise<Dispatchers> {
  await using scope = new AsyncDisposableStack();
  const pids: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const log = scope.use(await open(path.join(folder, `dispatcher-${at + 1}.log`), 'a'));
    const healthPort = firstHealthPort + at;
    const child = spawn(process.execPath, ['src/main.ts'], {
      cwd: dispatcher,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        ...process.env,
        REDIS_URL: instance.redisUrl,
        MONGODB_URL: instance.mongodbUrl,
        POSTHORN_SECRET: secret,
        HEALTH_PORT: String(healthPort),
        LOG_LEVEL: 'warn',
        ...env,
      },
    });
    scope.defer(() => end(child));
    pids.push(child.pid ?? 0);
    await ready(child, healthPort);
  }
  const opened = scope.move();
  return { pids, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function ready(child: ChildProcess, healthPort: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`A dispatcher ended with ${child.exitCode}; see its log`);
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error('A dispatcher did not get ready within 30 seconds; see its log');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
