import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault, type Logger, listen, silentLogger } from '@posthorn/runtime';
import { explainRedis } from './explain-redis.ts';
import { probeRedis, redisFolder, redisLoading } from './redis-probe.ts';
import { findRedisProgram } from './redis-program.ts';

export type RedisServer = AsyncDisposable & {
  url: string;
  port: number;
  pid: number;
  /** Ends it as a power cut of the process would (SIGKILL) and waits until it is gone. */
  kill: () => Promise<void>;
};

export type RedisServerOptions = Readonly<{
  /** 0 takes any free port. */
  port: number;
  /** Folder of the append-only file; made when missing. What an earlier Redis kept there is loaded. */
  home: string;
  log?: Logger;
  /** As Redis writes it: `100mb`. Unlimited by default. */
  maxmemory?: string;
  /** Further settings by name, as in redis.conf; they win over ours. */
  settings?: Readonly<Record<string, string>>;
}>;

/** Loading a large append-only file takes a while, about 10 s a gigabyte, and that time is not counted. */
const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;
const portFile = 'redis.port';

/**
 * Starts a Redis that keeps what it acknowledged: every write is on disk before its reply (`appendfsync always`),
 * and nothing is ever evicted.
 *
 * Resolves when it answers, so after its file is loaded. A Redis that an earlier, killed run left behind on the
 * same folder is stopped first, since two would ruin the file. Throws a `misconfigured` Fault where there is no
 * Redis to start, or the port is taken. Disposing it stops it in order; the data stays.
 */
export async function startRedis(options: RedisServerOptions): Promise<RedisServer> {
  const log = options.log ?? silentLogger;
  const program = await findRedisProgram(log);
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const home = await realpath(options.home);
  await stopLeftoverRedis(home, log);

  const port = options.port || (await freePort());
  // What it keeps is mail: its files are its user's alone. A child takes over the mask of this moment.
  const mask = process.umask(0o077);
  const child = spawn(program, redisServerArgs(port, options.maxmemory, options.settings), {
    cwd: home,
    stdio: 'ignore',
  });
  process.umask(mask);
  await untilAnswering(child, port, home);
  await writeFile(join(home, portFile), String(port));
  log.info({ port, pid: child.pid }, 'redis started');

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    kill: () => end(child, 'SIGKILL'),
    [Symbol.asyncDispose]: () => end(child, 'SIGTERM'),
  };
}

/** Arguments that make a Redis on loopback keep what it acknowledges; its working folder holds the data. */
export function redisServerArgs(
  port: number,
  maxmemory = '0',
  settings: Readonly<Record<string, string>> = {},
): string[] {
  const all = {
    port: String(port),
    bind: '127.0.0.1',
    daemonize: 'no',
    logfile: 'redis.log',
    appendonly: 'yes',
    appendfsync: 'always',
    'no-appendfsync-on-rewrite': 'no',
    save: '',
    maxmemory,
    'maxmemory-policy': 'noeviction',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
}

async function untilAnswering(child: ChildProcess, port: number, home: string): Promise<void> {
  let deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    if (await isRedisReady(port, home)) return;
    if (await redisLoading(port)) deadline = Date.now() + startTimeoutMs;
    await delay(10);
  }
  await end(child, 'SIGKILL');
  throw new Fault(
    'misconfigured',
    `Redis did not start on port ${port}:\n${await explainRedis(home, child.pid ?? 0)}`,
    { home },
  );
}

/** Stops, in order, a Redis that an earlier, killed run left behind on `home`. */
async function stopLeftoverRedis(home: string, log: Logger): Promise<void> {
  const port = Number(await readFile(join(home, portFile), 'utf8').catch(() => ''));
  if (!port || (await redisFolder(port)) !== home) return;
  log.warn({ port }, 'stopping the redis of an earlier run');
  const deadline = Date.now() + stopTimeoutMs;
  await probeRedis(port, 'SHUTDOWN');
  while (Date.now() < deadline && (await probeRedis(port, 'PING')) !== null) await delay(20);
}

/** Whether the Redis of folder `home` answers on `port`: another one may hold the port, and answer in its place. */
export async function isRedisReady(port: number, home: string): Promise<boolean> {
  return (await probeRedis(port, 'PING')) === '+PONG\r\n' && (await redisFolder(port)) === home;
}

async function freePort(): Promise<number> {
  await using listening = await listen(createServer(), { host: '127.0.0.1', port: 0 });
  return listening.port;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}
