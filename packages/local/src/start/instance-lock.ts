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
      await file.writeFile(String(process.pid));
      return;
    } catch (error) {
      if (!isExistsError(error)) throw error;
    }
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => '0'));
    if (isLastTry || (await isPosthorn(holder))) throw alreadyRunning(home, holder);
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
  for (const pid of Object.values(left.data.pids)) {
    if (await isPosthorn(pid)) process.kill(pid, 'SIGTERM');
  }
  const deadline = performance.now() + 10_000;
  for (const pid of Object.values(left.data.pids)) {
    while ((await isPosthorn(pid)) && performance.now() < deadline)
      await new Promise((go) => setTimeout(go, 50));
    if (await isPosthorn(pid)) process.kill(pid, 'SIGKILL');
  }
}

/** Whether `pid` lives and is a process of ours; a pid may long belong to another program. */
async function isPosthorn(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return (
    commandLine === undefined ||
    /posthorn|src\/main\.ts|src\/start\/main\.ts|(redis|valkey)-server/.test(commandLine)
  );
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
