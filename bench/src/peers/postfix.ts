import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startChild } from '../child.ts';
import { freePort } from '../free-port.ts';
import { treeCpuMsOf } from '../tree-cpu.ts';
import { type Contender, senders } from './contender.ts';
import type { SmtpOrder } from './smtp-generator.ts';

const run = promisify(execFile);

/** An instance of its own: configuration, queue and master are in the scratch folder, /etc/postfix is not read. */
export const postfix: Contender = {
  name: 'Postfix',
  does: 'fsync (queue files), relay',
  doesNot: 'no merge, links, tracking or signature, no log (no syslog here), no record of events',
  prepare: preparePostfix,
  async start(scratch) {
    await using scope = new AsyncDisposableStack();
    const sink = scope.use(startChild('sink.ts'));
    const port = await freePort();
    const folder = await mkdtemp(path.join(scratch, 'postfix-'));
    scope.defer(() => rm(folder, { recursive: true, force: true }));
    const config = await writeConfig(folder, { port, sinkPort: await sink.next<number>() });
    await run('postfix', ['-c', config, 'start']);
    scope.defer(async () => void (await run('postfix', ['-c', config, 'stop'])));
    const master = Number(await readFile(path.join(folder, 'queue/pid/master.pid'), 'utf8'));

    const opened = scope.move();
    return {
      sink,
      async send(count, run) {
        using generator = startChild('peers/smtp-generator.ts');
        const order: SmtpOrder = { port, count, connections: senders, run };
        return await generator.ask(order);
      },
      cpuMs: () => ({ postfix: treeCpuMsOf(master) }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};

/** As root it is installed where it is missing, without a configuration, so that Debian does not start one of its own. */
async function preparePostfix(): Promise<{ absent: string } | undefined> {
  if (process.getuid?.() !== 0) return { absent: 'Postfix runs as root only, and this is not root' };
  try {
    if (!(await isInstalled())) await install();
  } catch (error) {
    return { absent: `apt-get could not install it: ${error instanceof Error ? error.message : error}` };
  }
  return undefined;
}

async function isInstalled(): Promise<boolean> {
  return run('postconf', ['-d', '-h', 'mail_version']).then(
    () => true,
    () => false,
  );
}

async function install(): Promise<void> {
  await run('sh', [
    '-c',
    'echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections',
  ]);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['install', '--yes', '--no-install-recommends', 'postfix'], { env });
}

async function writeConfig(folder: string, { port, sinkPort }: { port: number; sinkPort: number }) {
  const [config, queue, data] = ['etc', 'queue', 'data'].map((name) => path.join(folder, name));
  if (!config || !queue || !data) throw new Error('A folder has no name');
  await chmod(folder, 0o755);
  for (const made of [config, queue, data]) await mkdir(made);
  await run('chown', ['postfix', data]);
  await writeFile(path.join(config, 'main.cf'), mainCf({ queue, data, sinkPort }));
  await writeFile(path.join(config, 'master.cf'), masterCf(port));
  return config;
}

/**
 * Debian's defaults, but for where things are, who may relay whereto, and TLS, which no contender has. With 50 connections
 * to the sink instead of its default of 20 it was not faster.
 */
function mainCf({ queue, data, sinkPort }: { queue: string; data: string; sinkPort: number }): string {
  return `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.bench.example
mydestination =
alias_maps =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:${sinkPort}
smtpd_tls_security_level = none
smtp_tls_security_level = none
`;
}

/** Debian's services that a relay needs, without chroot, which would want copies of /etc. */
function masterCf(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
pickup unix n - n 60 1 pickup
`;
}
