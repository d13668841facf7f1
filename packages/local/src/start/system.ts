import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '@posthorn/runtime';
import { findRedisProgram, isRedisReady, redisServerArgs, stopLeftoverRedis } from '../redis/index.ts';
import { assertPortsAreFree } from './free-ports.ts';
import { answersOk, type Part, type PartSpec, startPart } from './part.ts';
import { readOrMakeSecret } from './secret.ts';
import type { Settings } from './settings.ts';

const host = '127.0.0.1';
const returnPathHost = 'bounces.posthorn.localhost';
const root = path.resolve(import.meta.dirname, '../../../..');

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
  /** Told when a part ended by itself and was started again. */
  onRestart: (name: string, how: string) => void;
}>;

/**
 * Starts every part in the order in which they need one another, each as its own process; disposing stops them in
 * reverse, so that what still flows finds its next stage alive.
 *
 * Throws a `misconfigured` Fault, with everything stopped again, when a port is taken or a part does not start.
 */
export async function startSystem(
  settings: Settings,
  { onPart, onRestart }: SystemOptions,
): Promise<LocalSystem> {
  await using scope = new AsyncDisposableStack();
  const { home, ports } = settings;
  const logFolder = path.join(home, 'logs');
  await mkdir(logFolder, { recursive: true });
  const { redis, mongodb, ...always } = ports;
  await assertPortsAreFree(
    { ...always, ...(settings.redisUrl ? {} : { redis }), ...(settings.mongodbUrl ? {} : { mongodb }) },
    host,
  );

  const secretFile = path.join(home, 'secret');
  const secret = await readOrMakeSecret(secretFile);
  const parts: Part[] = [];
  const start = async (spec: PartSpec) => {
    const part = scope.use(
      await startPart(spec, { logFolder, onRestart: ({ name }, how) => onRestart(name, how) }),
    );
    parts.push(part);
    onPart(spec.name);
  };

  if (!settings.redisUrl) await start(await redisPart(settings));
  if (!settings.mongodbUrl) await start(mongodbPart(settings));
  await start(mailboxPart(settings));
  const urls = {
    redisUrl: settings.redisUrl ?? `redis://${host}:${redis}`,
    mongodbUrl: settings.mongodbUrl ?? `mongodb://${host}:${mongodb}/posthorn`,
    trackingUrl: `http://${host}:${ports.tracking}`,
  };
  for (const spec of serviceParts(settings, { ...urls, secret })) await start(spec);

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
  await mkdir(path.join(home, 'redis'), { recursive: true });
  // Redis reports its folder with links resolved, and is told from another Redis by that.
  const folder = await realpath(path.join(home, 'redis'));
  await stopLeftoverRedis(folder, silentLogger);
  return {
    name: 'redis',
    command: await findRedisProgram(silentLogger),
    args: redisServerArgs(ports.redis),
    cwd: folder,
    env: passedOn,
    isReady: () => isRedisReady(ports.redis, folder),
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

type Urls = Readonly<{ redisUrl: string; mongodbUrl: string; trackingUrl: string; secret: string }>;

/** In the order in which a send passes them, last stage first. */
function serviceParts(settings: Settings, urls: Urls): PartSpec[] {
  const { ports } = settings;
  const smtpRoute = settings.smtpRoute ?? `smtp://${host}:${ports.mailboxSmtp}`;
  const allowAnyDomain = settings.passedOn['ALLOW_ANY_SENDING_DOMAIN'] ?? 'true';
  // What sending domains are told to point at: names, since nothing in the DNS can point at a port of this machine.
  const domains = {
    RETURN_PATH_HOST: returnPathHost,
    TRACKING_URL: `http://t.posthorn.localhost:${ports.tracking}`,
  };
  return [
    servicePart('tracking', { PORT: ports.tracking }, settings, urls),
    servicePart(
      'returns',
      { HEALTH_PORT: ports.returnsHealth, SMTP_PORT: ports.returnsSmtp, SMTP_NAME: returnPathHost },
      settings,
      urls,
    ),
    servicePart(
      'dispatcher',
      {
        HEALTH_PORT: ports.dispatcherHealth,
        SMTP_ROUTE: smtpRoute,
        EHLO_NAME: 'posthorn.localhost',
        JOURNAL_FOLDER: path.join(settings.home, 'dispatcher'),
      },
      settings,
      urls,
    ),
    servicePart(
      'renderer',
      {
        HEALTH_PORT: ports.rendererHealth,
        TRACKING_URL: urls.trackingUrl,
        RETURN_PATH_HOST: returnPathHost,
        ALLOW_ANY_SENDING_DOMAIN: allowAnyDomain,
        WORKER_THREADS: settings.rendererThreads,
      },
      settings,
      urls,
    ),
    servicePart(
      'submission',
      {
        ...{ HEALTH_PORT: ports.submissionHealth, SMTP_NAME: 'smtp.posthorn.localhost' },
        ...{ SMTP_PORTS: ports.submissionSmtp, SMTPS_PORTS: ports.submissionSmtps },
        ...{ TLS_SELF_SIGNED: 'true', ALLOW_PLAIN_LOGIN: 'true', ALLOW_ANY_SENDING_DOMAIN: allowAnyDomain },
      },
      settings,
      urls,
    ),
    servicePart('automation', { HEALTH_PORT: ports.automationHealth, ...domains }, settings, urls),
    servicePart('gateway', { PORT: ports.gateway, ...domains }, settings, urls),
  ];
}

function servicePart(
  name: string,
  own: Record<string, string | number>,
  { passedOn, logLevel }: Settings,
  { redisUrl, mongodbUrl, secret }: Urls,
): PartSpec {
  const port = own['HEALTH_PORT'] ?? own['PORT'];
  const shared = {
    HOST: host,
    REDIS_URL: redisUrl,
    MONGODB_URL: mongodbUrl,
    POSTHORN_SECRET: secret,
    LOG_LEVEL: logLevel,
  };
  const named = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, String(value)]));
  return {
    name,
    command: process.execPath,
    args: ['--import', '@posthorn/runtime/telemetry', 'src/main.ts'],
    cwd: path.join(root, 'services', name),
    env: { OTEL_SERVICE_NAME: `posthorn-${name}`, ...passedOn, ...shared, ...named },
    isReady: () => answersOk(`http://${host}:${port}/readyz`),
  };
}
