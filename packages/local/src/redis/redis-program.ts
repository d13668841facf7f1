import { spawn } from 'node:child_process';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Fault, type Logger } from '@posthorn/runtime';

/** What finding and installing a program needs from the machine; tests pass their own. */
export type Machine = Readonly<{
  /** Folders to search, as in the PATH variable. */
  path: string;
  isRoot: boolean;
  /** Where Debian looks whether a package may start services. */
  policyFile: string;
  /** Runs a program to its end and returns its exit code. */
  run: (command: string, args: readonly string[]) => Promise<number>;
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

  if (machine.isRoot && (await findOnPath('apt-get', machine.path))) {
    log.info('installing debian package redis-server');
    await installPackage(machine);
    const installed = await findServer(machine.path);
    if (installed) return installed;
  }
  throw new Fault(
    'misconfigured',
    'Redis is missing. Install it (Debian, Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`), ' +
      'or set REDIS_URL to a Redis that runs.',
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

async function installPackage({ run, policyFile }: Machine): Promise<void> {
  const install = ['install', '-y', '--no-install-recommends', 'redis-server'];
  const isPolicyOurs = await forbidServices(policyFile);
  try {
    if ((await run('apt-get', install)) === 0) return;
    await run('apt-get', ['update']);
    await run('apt-get', install);
  } finally {
    if (isPolicyOurs) await rm(policyFile, { force: true });
    // Where systemd is, it would start the service with the next boot; where it is not, this does nothing.
    await run('systemctl', ['disable', 'redis-server']);
  }
}

/**
 * Tells install scripts to start no service (101 is "forbidden by policy": invoke-rc.d(8)).
 *
 * Returns whether the policy file is new: one that is already there is the machine's own and stays.
 */
async function forbidServices(policyFile: string): Promise<boolean> {
  return writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

function thisMachine(): Machine {
  return {
    path: process.env['PATH'] ?? '',
    isRoot: process.getuid?.() === 0,
    policyFile: '/usr/sbin/policy-rc.d',
    run,
  };
}

async function run(command: string, args: readonly string[]): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, [...args], { stdio: 'ignore', env });
  child.once('error', () => ended.resolve(127));
  child.once('exit', (code) => ended.resolve(code ?? 1));
  return ended.promise;
}
