import path from 'node:path';
import { answersOk, type PartSpec } from './parts/part.ts';
import { blockOf, canSharePorts, replicaName, replicaPorts } from './replica-ports.ts';
import type { Settings } from './settings.ts';

const host = '127.0.0.1';
const returnPathHost = 'bounces.posthorn.localhost';
const root = path.resolve(import.meta.dirname, '../../../..');

export type Urls = Readonly<{ redisUrl: string; mongodbUrl: string; trackingUrl: string; secret: string }>;

/**
 * One process of every service, in the order in which a send passes them, last stage first.
 *
 * Replicas count from 1; from the second on their number stands in the part's name: `renderer-2`.
 */
export function serviceParts(settings: Settings, urls: Urls, replica: number): PartSpec[] {
  const ports = replicaPorts(settings, replica);
  const isShared = canSharePorts && settings.replicas > 1;
  const own = blockOf(settings, replica);
  const smtpRoute = settings.smtpRoute ?? `smtp://${host}:${settings.ports.mailboxSmtp}`;
  const allowAnyDomain = settings.passedOn['ALLOW_ANY_SENDING_DOMAIN'] ?? 'true';
  // What sending domains are told to point at: names, since nothing in the DNS can point at a port of this machine.
  const domains = {
    RETURN_PATH_HOST: returnPathHost,
    TRACKING_URL: `http://t.posthorn.localhost:${settings.ports.tracking}`,
  };
  const sharing = isShared ? { REUSE_PORT: 'true' } : {};
  const healthOf = (port: number) => (isShared && replica > 1 ? { HEALTH_PORT: port } : {});
  const parts = [
    servicePart('tracking', { PORT: ports.tracking, ...sharing, ...healthOf(own.tracking) }, settings, urls),
    servicePart(
      'returns',
      {
        ...{ HEALTH_PORT: ports.returnsHealth, SMTP_NAME: returnPathHost },
        ...{ SMTP_PORT: ports.returnsSmtp, ...sharing },
      },
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
        ...{ SMTP_PORTS: ports.submissionSmtp, SMTPS_PORTS: ports.submissionSmtps, ...sharing },
        ...{ TLS_SELF_SIGNED: 'true', ALLOW_PLAIN_LOGIN: 'true', ALLOW_ANY_SENDING_DOMAIN: allowAnyDomain },
      },
      settings,
      urls,
    ),
    servicePart('automation', { HEALTH_PORT: ports.automationHealth, ...domains }, settings, urls),
    servicePart(
      'gateway',
      { PORT: ports.gateway, ...sharing, ...healthOf(own.gateway), ...domains },
      settings,
      urls,
    ),
  ];
  return parts.map((part) => ({ ...part, name: replicaName(part.name, replica) }));
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
    // Automation is not ready for an hour after mail was lost, which is no reason not to come up.
    isReady: () => answersOk(`http://${host}:${port}/${name === 'automation' ? 'livez' : 'readyz'}`),
  };
}
