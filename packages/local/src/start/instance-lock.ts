import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';
import { isAlive } from './parts/is-alive.ts';
import { endLeftoverParts } from './parts/leftover-parts.ts';
import type { PartProcess } from './parts/stages.ts';
import { replaceFile } from './replace-file.ts';

/** What a running instance tells scripts about itself; `npm start --silent -- --json` prints it and `running.json` holds it. */
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

/** The one right to run on a home folder. */
export type InstanceLock = AsyncDisposable & {
  /** Replaces `running.json` in one step. */
  publish: (instance: RunningInstance) => Promise<void>;
};

/**
 * Takes the lock of `home`.
 *
 * Throws a `conflict` Fault that names the process which holds it. What a killed instance left running is ended
 * first, and only then can `running.json` be replaced.
 */
export async function lockInstance(home: string): Promise<InstanceLock> {
  const lockFile = path.join(home, 'lock');
  const runningFile = path.join(home, 'running.json');
  await claim(lockFile, home);
  await endLeftoverParts(home, await listedParts(runningFile));

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

/** The parts that an earlier instance said it had; an older version marked them in no other way. */
async function listedParts(runningFile: string): Promise<PartProcess[]> {
  const left = RunningInstance.safeParse(await readJson(runningFile));
  return Object.entries(left.data?.pids ?? {}).map(([name, pid]) => ({ name, pid }));
}

/** The process id and, where the system tells it, when that process began: a reused pid is another process. */
async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const startedAtTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${startedAtTicks}`;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isExistsError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
