import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

/** What a running instance tells scripts about itself; `npm start -- --json` prints it and `running.json` holds it. */
export const RunningInstance = z.object({
  pid: z.int(),
  apiUrl: z.string(),
  apiKey: z.string(),
  accountId: z.int(),
  docsUrl: z.string(),
  mailboxUrl: z.string(),
  /** Where SMTP clients connect: STARTTLS, and from this machine plain logins too. */
  smtpUrl: z.string(),
  /** An SMTP token of the account. */
  smtpUser: z.string(),
  smtpPassword: z.string(),
  trackingUrl: z.string(),
  redisUrl: z.string(),
  mongodbUrl: z.string(),
  secretFile: z.string(),
  /** The email that the welcome send used; it is published and can be sent again. */
  welcomeEmailId: z.int(),
  /** Process ids by part: `gateway`, `renderer`, `redis`, …; a part that was restarted has a new one. */
  pids: z.record(z.string(), z.int()),
});
export type RunningInstance = z.infer<typeof RunningInstance>;

/** How long what a killed instance left behind gets to end by itself. */
const leftoverPatienceMs = 10_000;

/** The one right to run on a home folder. */
export type InstanceLock = AsyncDisposable & {
  /** Replaces `running.json` in one step. */
  publish: (instance: RunningInstance) => Promise<void>;
};

/**
 * Takes the lock of `home`.
 *
 * Throws a `conflict` Fault that names the process which holds it. What a killed instance left running is ended
 * first: only processes that `running.json` lists and whose command line shows that they are Posthorn's.
 */
export async function lockInstance(home: string): Promise<InstanceLock> {
  await mkdir(home, { recursive: true });
  const lockFile = path.join(home, 'lock');
  const runningFile = path.join(home, 'running.json');
  await claim(lockFile, home);
  await endLeftovers(runningFile);

  return {
    publish: (instance) => replaceFile(runningFile, `${JSON.stringify(instance, null, 2)}\n`),
    async [Symbol.asyncDispose]() {
      await rm(runningFile, { force: true });
      await rm(lockFile, { force: true });
    },
  };
}

async function claim(lockFile: string, home: string): Promise<void> {
  for (const isLastTry of [false, true]) {
    try {
      await using file = await open(lockFile, 'wx');
      await file.writeFile(await identityOf(process.pid));
      return;
    } catch (error) {
      if (!isExistsError(error)) throw error;
    }
    const holder = await readFile(lockFile, 'utf8').catch(() => '');
    const pid = Number(holder.split(' ')[0]);
    if (isLastTry || (isAlive(pid) && holder === (await identityOf(pid)))) throw alreadyRunning(home, pid);
    await rm(lockFile, { force: true });
  }
}

function alreadyRunning(home: string, pid: number): Fault {
  return new Fault(
    'conflict',
    `Posthorn already runs on ${home} (process ${pid}). Stop that one first, or set POSTHORN_HOME and POSTHORN_PORT for a second one beside it.`,
  );
}

async function endLeftovers(runningFile: string): Promise<void> {
  const left = RunningInstance.safeParse(await readJson(runningFile));
  if (!left.success) return;
  const pids: number[] = [];
  for (const pid of Object.values(left.data.pids)) if (await isPart(pid)) pids.push(pid);
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + leftoverPatienceMs;
  while (pids.some(isAlive) && performance.now() < deadline) await new Promise((go) => setTimeout(go, 50));
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
}

/** Whether `pid` is a part of ours; a pid may long belong to another program. */
async function isPart(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return /src\/main\.ts|packages\/local\/src\/|(redis|valkey)-server/.test(commandLine);
}

/** The process id and, where the system tells it, when that process began: a reused pid is another process. */
async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const startedAtTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${startedAtTicks}`;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function isExistsError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
