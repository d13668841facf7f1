import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '@posthorn/runtime';
import {
  explainRedis,
  findRedisProgram,
  isRedisReady,
  redisLoading,
  redisServerArgs,
} from '../redis/index.ts';
import { assertPortsAreFree } from './free-ports.ts';
import { partMarks } from './parts/leftover-parts.ts';
import { type Part, type PartSpec, startPart } from './parts/part.ts';
import { startPartGuard } from './parts/part-guard.ts';
import { portsInUse } from './replica-ports.ts';
import { readOrMakeSecret } from './secret.ts';
import { serviceParts } from './service-parts.ts';
import type { Settings } from './settings.ts';

const host = '127.0.0.1';
const root = path.resolve(import.meta.dirname, '../../../..');
/** Most of a start is compiling: Node keeps the result here, by the content of each file, for the next process. */
const compileCache = path.join(root, 'node_modules/.cache/posthorn');

/** Everything that runs on this machine, by URL and process. */
export type LocalSystem = AsyncDisposable &
  Readonly<{
    apiUrl: string;
    trackingUrl: string;
    mailboxUrl: string;
    /** Where SMTP clients connect; TLS from the start is on the next port. */
    smtpUrl: string;
    redisUrl: string;
    mongodbUrl: string;
    secret: string;
    secretFile: string;
    /** Process ids as they are now, by part. */
    pids: () => Record<string, number>;
  }>;

export type SystemOptions = Readonly<{
  /** Told as each part comes up. */
  onPart: (name: string) => void;
  /** Told how far a part has come that takes long to come up. */
  onProgress: (name: string, text: string) => void;
  /** Told when a part ended by itself and was started again. */
  onRestart: (name: string, how: string) => void;
  /** Aborted: the start is broken off, and what has come up is stopped. */
  signal?: AbortSignal;
}>;

/**
 * Starts every part in the order in which they need one another, each as its own process; disposing stops them in
 * reverse, so that what still flows finds its next stage alive.
 *
 * Throws a `misconfigured` Fault, with everything stopped again, when a port is taken or a part does not start.
 */
export async function startSystem(
  settings: Settings,
  { onPart, onProgress, onRestart, signal }: SystemOptions,
): Promise<LocalSystem> {
  await using scope = new AsyncDisposableStack();
  const { home, ports } = settings;
  const logFolder = path.join(home, 'logs');
  await mkdir(logFolder, { recursive: true, mode: 0o700 });
  await assertPortsAreFree(portsInUse(settings), { host, replicas: settings.replicas });

  const secretFile = path.join(home, 'secret');
  const secret = await readOrMakeSecret(secretFile);
  const parts: Part[] = [];
  const guard = scope.use(startPartGuard());
  const options = {
    logFolder,
    onSpawn: guard.watch,
    onProgress,
    onRestart: ({ name }: Part, how: string) => onRestart(name, how),
    ...(signal && { signal }),
  };
  const start = async (spec: PartSpec) => {
    const env = { NODE_COMPILE_CACHE: compileCache, ...spec.env, ...partMarks(home, spec.name) };
    const part = scope.use(await startPart({ ...spec, env }, options));
    parts.push(part);
    onPart(spec.name);
  };

  if (!settings.redisUrl) await start(await redisPart(settings));
  if (!settings.mongodbUrl) await start(mongodbPart(settings));
  await start(mailboxPart(settings));
  const urls = {
    redisUrl: settings.redisUrl ?? `redis://${host}:${ports.redis}`,
    mongodbUrl: settings.mongodbUrl ?? `mongodb://${host}:${ports.mongodb}/posthorn`,
    trackingUrl: `http://${host}:${ports.tracking}`,
  };
  const servicesOf = (replica: number) => serviceParts(settings, { ...urls, secret }, replica);
  for (const spec of servicesOf(1)) await start(spec);
  for (let replica = 2; replica <= settings.replicas; replica++) await startAll(servicesOf(replica), start);

  const running = scope.move();
  return {
    ...urls,
    apiUrl: `http://${host}:${ports.gateway}`,
    mailboxUrl: `http://${host}:${ports.mailboxHttp}`,
    smtpUrl: `smtp://${host}:${ports.submissionSmtp}`,
    secret,
    secretFile,
    pids: () => Object.fromEntries(parts.map(({ name, pid }) => [name, pid])),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Starts parts that need nothing of each other at once. Where one fails the others have still come up, and can be stopped. */
async function startAll(specs: readonly PartSpec[], start: (spec: PartSpec) => Promise<void>): Promise<void> {
  const started = await Promise.allSettled(specs.map(start));
  for (const result of started) if (result.status === 'rejected') throw result.reason;
}

function localPart(name: string, folder: string, env: Record<string, string>, settings: Settings): PartSpec {
  return {
    name,
    command: process.execPath,
    args: [path.join(root, 'packages/local/src', folder, 'main.ts')],
    cwd: root,
    env: { ...settings.passedOn, ...env },
  };
}

async function redisPart({ home, ports, passedOn }: Settings): Promise<PartSpec> {
  const folder = path.join(home, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    name: 'redis',
    command: await findRedisProgram(silentLogger),
    args: redisServerArgs(ports.redis),
    cwd: folder,
    env: passedOn,
    isReady: () => isRedisReady(ports.redis, folder),
    progress: () => redisLoading(ports.redis),
    explain: (pid) => explainRedis(folder, pid),
  };
}

function mongodbPart(settings: Settings): PartSpec {
  return localPart(
    'mongodb',
    'mongodb',
    { MONGODB_PORT: String(settings.ports.mongodb), MONGODB_HOME: path.join(settings.home, 'mongodb') },
    settings,
  );
}

function mailboxPart(settings: Settings): PartSpec {
  const { ports, home } = settings;
  return localPart(
    'mailbox',
    'mailbox',
    {
      MAILBOX_SMTP_PORT: String(ports.mailboxSmtp),
      MAILBOX_HTTP_PORT: String(ports.mailboxHttp),
      MAILBOX_HOME: path.join(home, 'mailbox'),
    },
    settings,
  );
}
