import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { RunningInstance } from '@posthorn/local';

const root = path.resolve(import.meta.dirname, '../..');

/** Two processes of every service side by side are the normal case: what only holds for one would not be noticed. */
const defaultReplicas = 2;
const blockSize = 14;

/** A whole Posthorn as `npm start --silent -- --json` gives it to a script, on a folder and ports of its own. */
export type RunningSystem = AsyncDisposable & {
  readonly instance: RunningInstance;
  readonly home: string;
  /** What `running.json` says now: process ids change when a part is started again. */
  reread: () => Promise<RunningInstance>;
  /** Ends it as Ctrl-C does; the folder stays until disposal. Resolves with the exit code. */
  stop: () => Promise<number | null>;
  /** Starts it again on the same folder and ports. */
  start: () => Promise<RunningInstance>;
};

/** Starts the system and resolves when it says that it is ready; disposing stops it and removes its folder. */
export async function startRunningSystem(env: NodeJS.ProcessEnv = {}): Promise<RunningSystem> {
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-e2e-'));
  const replicas = Number(env['POSTHORN_REPLICAS'] ?? process.env['POSTHORN_REPLICAS'] ?? defaultReplicas);
  const port = await freeBlocks(replicas);
  const database = `e2e_${process.pid}_${port}`;
  const given = process.env['MONGODB_URL']
    ? { MONGODB_URL: `${process.env['MONGODB_URL']}/${database}` }
    : {};
  const placed = { POSTHORN_HOME: home, POSTHORN_PORT: String(port), POSTHORN_REPLICAS: String(replicas) };
  const merged = { ...process.env, ...given, ...placed, ...env };

  let running = await launch(merged);
  return {
    get instance() {
      return running.instance;
    },
    home,
    reread: async () =>
      RunningInstance.parse(JSON.parse(await readFile(path.join(home, 'running.json'), 'utf8'))),
    stop: () => end(running.child),
    async start() {
      running = await launch(merged);
      return running.instance;
    },
    async [Symbol.asyncDispose]() {
      await end(running.child);
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function launch(env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; instance: RunningInstance }> {
  const main = path.join(root, 'packages/local/src/start/main.ts');
  const child = spawn(process.execPath, [main, '--json'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => undefined)]);
  if (!line) throw new Error(`The system did not start: ${complaint}`);
  return { child, instance: RunningInstance.parse(JSON.parse(String(line[0]))) };
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, 'exit');
  child.kill('SIGINT');
  await gone;
  return child.exitCode;
}

/** The first port of as many free blocks. Below the range from which the system hands out ports by itself. */
export async function freeBlocks(count: number): Promise<number> {
  const size = count * blockSize;
  for (;;) {
    const first = 10_000 + Math.floor((Math.random() * 21_000) / size) * size;
    const probes = await Promise.all(Array.from({ length: size }, (_, offset) => isFree(first + offset)));
    if (probes.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const isListening = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  if (isListening) server.close();
  return isListening;
}
