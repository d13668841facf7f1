import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeUdpPort } from './free-udp-port.ts';

/** A real authoritative server, NLnet Labs' NSD, with one zone. */
export type NsdServer = AsyncDisposable & { address: string };

/**
 * Starts NSD on a free port of 127.0.0.1 with `zone`, a master file (RFC 1035, section 5). Where NSD is missing it is
 * installed from Debian, without starting Debian's service; throws where that cannot be done.
 */
export async function startNsd(served: { origin: string; zone: string }): Promise<NsdServer> {
  const program = await findNsd();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnFreePort(program, served);
    } catch (error) {
      // Free for UDP is not free for TCP, and NSD needs both.
      const isTaken = error instanceof Error && /address already in use/i.test(error.message);
      if (!isTaken || attempt === portAttempts) throw error;
    }
  }
}

const portAttempts = 20;

async function startOnFreePort(
  program: string,
  { origin, zone }: { origin: string; zone: string },
): Promise<NsdServer> {
  await using scope = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-nsd-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await freeUdpPort();
  await writeFile(join(folder, 'zone'), `$ORIGIN ${origin}.\n$TTL 60\n${zone}`);
  await writeFile(join(folder, 'nsd.conf'), configFor({ folder, port, origin }));

  const child = spawn(program, ['-d', '-c', join(folder, 'nsd.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  scope.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  await started(child.stderr);
  const opened = scope.move();
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

function configFor({ folder, port, origin }: { folder: string; port: number; origin: string }): string {
  return `
server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${origin}
  zonefile: zone
`;
}

async function started(output: NodeJS.ReadableStream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  output.on('data', (chunk) => {
    said += chunk;
    if (/nsd started/i.test(said)) resolve();
  });
  output.once('end', () => reject(new Error(`NSD ended: ${said.slice(-500)}`)));
  const timer = setTimeout(() => reject(new Error(`NSD did not start: ${said.slice(-500)}`)), 10_000);
  await promise.finally(() => clearTimeout(timer));
}

const folders = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/sbin'];

async function findNsd(): Promise<string> {
  const found = await findProgram();
  if (found) return found;
  await installNsd();
  const installed = await findProgram();
  if (installed) return installed;
  throw new Error('NSD is missing and could not be installed (Debian, Ubuntu: apt-get install nsd)');
}

async function findProgram(): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, 'nsd');
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** A policy file makes install scripts start no service (invoke-rc.d(8)); one that is there already stays. */
async function installNsd(): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
  const install = ['install', '-y', '--no-install-recommends', 'nsd'];
  try {
    if ((await run('apt-get', install)) === 0) return;
    await run('apt-get', ['update']);
    await run('apt-get', install);
  } finally {
    if (isOurs) await rm(policy, { force: true });
    // Where systemd is, it would start the service with the next boot; where it is not, this does nothing.
    await run('systemctl', ['disable', 'nsd']);
  }
}

async function run(command: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, [...args], { stdio: 'ignore', env });
  return await new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
