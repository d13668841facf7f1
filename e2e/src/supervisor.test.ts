import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { RunningInstance } from '@posthorn/local';
import { eventually } from './api.ts';
import { freeBlocks } from './running-system.ts';

const root = path.resolve(import.meta.dirname, '../..');

test('a killed starter takes its parts with it, and a SIGTERM to npm ends what it started in order', async () => {
  await using place = await setUp();
  const killed = await place.start();

  process.kill(killed.instance.pid, 'SIGKILL');
  await untilGone(killed.instance);

  const again = await place.start();
  const service = npm(['start', '--silent', '--workspace', '@posthorn/automation'], {
    REDIS_URL: again.instance.redisUrl,
    MONGODB_URL: again.instance.mongodbUrl,
    TRACKING_URL: again.instance.trackingUrl,
    RETURN_PATH_HOST: 'bounces.shop.test',
    HOST: '127.0.0.1',
  });
  await once(createInterface({ input: service.stdout }), 'line');
  service.kill('SIGTERM');
  // Closes when no process is left that could write to it: npm alone would not do.
  await once(service.stdout.resume(), 'close');

  again.npm.kill('SIGTERM');
  await untilGone(again.instance);
});

async function untilGone({ pid, pids }: RunningInstance): Promise<void> {
  const all = [pid, ...Object.values(pids)];
  await eventually('the end of every part', async () => all.every((id) => !isAlive(id)), 30_000);
}

function npm(args: readonly string[], env: NodeJS.ProcessEnv) {
  return spawn('npm', args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function setUp() {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-npm-'));
  const env = { POSTHORN_HOME: home, POSTHORN_PORT: String(await freeBlocks(1)), POSTHORN_REPLICAS: '1' };
  const started: ChildProcess[] = [];
  return {
    async start() {
      const child = npm(['start', '--silent', '--', '--json'], env);
      started.push(child);
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      return { npm: child, instance: RunningInstance.parse(JSON.parse(String(line))) };
    },
    async [Symbol.asyncDispose]() {
      for (const child of started) child.kill('SIGTERM');
      await rm(home, { recursive: true, force: true });
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
