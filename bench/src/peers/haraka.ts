import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { generateDkimKeys } from '@posthorn/mail';
import { startChild } from '../child.ts';
import { freePort } from '../free-port.ts';
import { treeCpuMsOf } from '../tree-cpu.ts';
import { type Contender, senders } from './contender.ts';
import type { SmtpOrder } from './smtp-generator.ts';

const run = promisify(execFile);
const workers = 4;
const readyTimeoutMs = 30_000;

/** Installed by npm into the scratch folder, in no package.json of ours. */
export const haraka: Contender = {
  name: 'Haraka',
  does: `queue files (no fsync), DKIM RSA-2048, relay; ${workers} workers`,
  doesNot: 'no merge, links, tracking, no record of events; a new connection for each message it delivers',
  prepare: installHaraka,
  async start(scratch) {
    await using scope = new AsyncDisposableStack();
    const sink = scope.use(startChild('sink.ts'));
    const port = await freePort();
    const folder = await mkdtemp(path.join(scratch, 'haraka-'));
    scope.defer(() => rm(folder, { recursive: true, force: true }));
    await writeConfig(folder, { scratch, port, sinkPort: await sink.next<number>() });
    const log = scope.use(await open(path.join(folder, 'log'), 'a'));
    const program = path.join(harakaIn(scratch), 'node_modules/Haraka/bin/haraka');
    // The leader of a group of its own, so that its workers can be ended with it.
    const child = spawn(process.execPath, [program, '-c', folder], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    scope.defer(() => endGroup(child));
    await untilListening(port, child, path.join(folder, 'log'));

    const opened = scope.move();
    return {
      sink,
      async send(count, run) {
        using generator = startChild('peers/smtp-generator.ts');
        const order: SmtpOrder = { port, count, connections: senders, run };
        return await generator.ask(order);
      },
      cpuMs: () => ({ haraka: treeCpuMsOf(child.pid ?? 0) }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};

const harakaIn = (scratch: string) => path.join(scratch, 'haraka');

async function installHaraka(scratch: string): Promise<{ absent: string } | undefined> {
  const folder = harakaIn(scratch);
  await mkdir(folder, { recursive: true });
  // Haraka asks for any libmime 5; later ones ask for exact versions that not every registry has. Nothing here uses it.
  const manifest = { private: true, overrides: { libmime: '5.4.4' } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  const args = ['install', '--no-audit', '--no-fund', '--omit=optional', '--ignore-scripts'];
  try {
    await run('npm', [...args, 'Haraka@3.3', 'haraka-plugin-dkim@1'], { cwd: folder });
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { absent: `npm could not install it: ${said.split('\n').at(-2) ?? said}` };
  }
}

type Where = Readonly<{ scratch: string; port: number; sinkPort: number }>;

async function writeConfig(folder: string, { scratch, port, sinkPort }: Where): Promise<void> {
  const installed = harakaIn(scratch);
  const config = path.join(folder, 'config');
  await mkdir(path.join(folder, 'plugins'));
  await mkdir(path.join(folder, 'queue'));
  await cp(path.join(installed, 'node_modules/Haraka/config'), config, { recursive: true });
  await symlink(path.join(installed, 'node_modules'), path.join(folder, 'node_modules'));
  const { rsa } = await generateDkimKeys();
  const files: Record<string, string> = {
    'config/plugins': 'bench_route\ndkim\n',
    'config/smtp.ini': `listen=127.0.0.1:${port}\nnodes=${workers}\n`,
    'config/outbound.ini': 'enable_tls=false\nlocal_mx_ok=true\n',
    'config/log.ini': '[main]\nlevel=WARN\n',
    'config/me': 'relay.bench.example',
    'config/dkim.ini': signIni,
    'config/dkim.private.key': rsa.privateKeyPem,
    'plugins/bench_route.js': routePlugin(sinkPort),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}

const signIni = `[sign]
enabled = true
selector = bench
domain = shop.example
headers = From, Subject, Date, Message-ID, To, MIME-Version, Content-Type
[canon]
body = relaxed
[verify]
enabled = false
`;

/** Everybody may relay, and all mail goes to the sink. */
function routePlugin(sinkPort: number): string {
  return `exports.hook_connect = (next, connection) => { connection.relaying = true; next(); };
exports.hook_rcpt = (next) => next(OK);
exports.hook_get_mx = (next) => next(OK, { priority: 0, exchange: '127.0.0.1', port: ${sinkPort} });
`;
}

async function untilListening(port: number, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  while (performance.now() < deadline && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error(`Haraka did not come up: ${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}
