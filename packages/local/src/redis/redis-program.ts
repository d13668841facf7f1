import { spawn } from 'node:child_process';
import { access, constants, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault, type Logger } from '@posthorn/runtime';

/** What finding and installing a program needs from the machine; tests pass their own. */
export type Machine = Readonly<{
  /** Folders to search, as in the PATH variable. */
  path: string;
  isRoot: boolean;
  /** Where Debian looks whether a package may start services. */
  policyFile: string;
  /** Runs a program to its end and returns the end of what it wrote. */
  run: (command: string, args: readonly string[]) => Promise<{ output: string }>;
  /** Waits before a program is run again that found a lock taken. */
  pause: () => Promise<void>;
}>;

/**
 * Returns the path of `redis-server` or `valkey-server`; the two are used alike.
 *
 * Where neither is on the PATH and this is Debian with root's rights, installs Debian's package and leaves no
 * system service running. Else throws a `misconfigured` Fault that says what helps.
 */
export async function findRedisProgram(log: Logger, machine: Machine = thisMachine()): Promise<string> {
  const found = await findServer(machine.path);
  if (found) return found;

  const canInstall = machine.isRoot && (await findOnPath('apt-get', machine.path)) !== undefined;
  if (canInstall) log.info('installing debian package redis-server');
  const tried = canInstall ? await installPackage(machine) : { why: '' };
  if ('program' in tried) return tried.program;
  throw new Fault(
    'misconfigured',
    'Redis is missing. Install it (Debian, Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`), ' +
      `or set REDIS_URL to a Redis that runs.${tried.why && `\nInstalling it here failed:\n${tried.why}`}`,
  );
}

async function findServer(path: string): Promise<string | undefined> {
  return (await findOnPath('redis-server', path)) ?? findOnPath('valkey-server', path);
}

async function findOnPath(program: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, program);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Another start, or the machine's own updates, may hold a lock of apt's. Of these, apt itself waits for dpkg's only. */
const dpkgLockOptions = ['-o', 'DPkg::Lock::Timeout=300'];
const lockTriesMax = 150;
const lockPauseMs = 2_000;
const outputMax = 1_000;

/** Installs Debian's package and returns the program, or why it could not be installed. */
async function installPackage(machine: Machine): Promise<{ program: string } | { why: string }> {
  await using _policy = await forbidServices(machine.policyFile);
  try {
    const install = ['install', '-y', '--no-install-recommends', 'redis-server'];
    let result = await aptGet(machine, install);
    if ('why' in result) {
      // On a new machine apt has no lists yet.
      await aptGet(machine, ['update']);
      result = await aptGet(machine, install);
    }
    return result;
  } finally {
    // Where systemd is, it would start the service with the next boot; where it is not, this does nothing.
    await machine.run('systemctl', ['disable', 'redis-server']);
  }
}

/** Runs apt-get, again while another program holds a lock; another start may have installed the program by then. */
async function aptGet(
  { path, run, pause }: Machine,
  args: readonly string[],
): Promise<{ program: string } | { why: string }> {
  for (let tries = 1; ; tries++) {
    const { output } = await run('apt-get', [...dpkgLockOptions, ...args]);
    const program = await findServer(path);
    if (program) return { program };
    if (tries === lockTriesMax || !/could not get lock|unable to (acquire|lock)/i.test(output))
      return { why: output };
    await pause();
  }
}

const policyText = '#!/bin/sh\n# Made by Posthorn for the time of an install.\nexit 101\n';

/**
 * Tells install scripts to start no service (101 is "forbidden by policy": invoke-rc.d(8)), until it is disposed.
 *
 * A policy of the machine's own stays. Where two starts install at once, the first to end removes ours: the other
 * writes it again.
 */
async function forbidServices(policyFile: string): Promise<AsyncDisposable> {
  const isOurs = async () => (await readFile(policyFile, 'utf8').catch(() => policyText)) === policyText;
  const write = async () => {
    if (await isOurs()) await writeFile(policyFile, policyText, { mode: 0o755 }).catch(() => undefined);
  };
  await write();
  const keeping = setInterval(() => void write(), 50);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(keeping);
      if (await isOurs()) await rm(policyFile, { force: true });
    },
  };
}

function thisMachine(): Machine {
  return {
    path: process.env['PATH'] ?? '',
    isRoot: process.getuid?.() === 0,
    policyFile: '/usr/sbin/policy-rc.d',
    run,
    pause: () => delay(lockPauseMs),
  };
}

async function run(command: string, args: readonly string[]): Promise<{ output: string }> {
  const ended = Promise.withResolvers<void>();
  // The words of its messages are looked at, so they must be English.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-outputMax);
    });
  }
  child.once('error', () => ended.resolve());
  child.once('close', () => ended.resolve());
  await ended.promise;
  return { output: output.trim() };
}
