import { Fault, type Logger } from '@posthorn/runtime';
import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './redis-link.ts';

/**
 * What Redis must be set to. `everysec` loses acknowledged writes when its process is killed; any other policy than
 * `noeviction` corrupts the queue (rows B9, F10). Source: https://docs.bullmq.io/guide/going-to-production
 */
const required = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
} as const;

/** Throws a `misconfigured` Fault that names every setting to change, on any master. */
export async function assertDurable(
  client: RedisClient,
  { trustSettings, log }: { trustSettings: boolean; log: Logger },
): Promise<void> {
  await assertWholeCluster(client);
  const wrong = new Set<string>();
  for (const node of mastersOf(client)) {
    const settings = await readSettings(node);
    if (settings === 'forbidden') await assertTrusted(node, trustSettings, log);
    else for (const problem of problemsOf(settings)) wrong.add(problem);
  }
  if (wrong.size === 0) return;
  throw new Fault(
    'misconfigured',
    `Redis could lose mail as it is set up. Set in redis.conf, or with CONFIG SET: ${[...wrong].join('; ')}.`,
  );
}

/** A cluster of which only one node was named would answer most commands with MOVED. */
async function assertWholeCluster(client: RedisClient): Promise<void> {
  if (client instanceof Cluster) return;
  const info = await client.info('cluster').catch(() => '');
  if (!info.includes('cluster_enabled:1')) return;
  throw new Fault(
    'misconfigured',
    'REDIS_URL names one node of a Redis Cluster. Name several with commas between; where there is one address for all ' +
      'of them, name it twice.',
  );
}

/** The one server, or every master of a cluster. */
export function mastersOf(client: RedisClient): Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

async function readSettings(node: Redis): Promise<Map<string, string> | 'forbidden'> {
  try {
    const replies = await Promise.all(Object.keys(required).map((name) => node.config('GET', name)));
    // The client gives a flat list of names and values.
    return new Map(replies.map((reply) => [String(at(reply, 0)), String(at(reply, 1))]));
  } catch (error) {
    if (error instanceof Error && /NOPERM|unknown command|not allowed/i.test(error.message))
      return 'forbidden';
    throw new Fault('unavailable', 'Redis does not say how it is set up.', { cause: error });
  }
}

function at(reply: unknown, index: number): unknown {
  return Array.isArray(reply) ? reply[index] : undefined;
}

function problemsOf(settings: ReadonlyMap<string, string>): string[] {
  return Object.entries(required)
    .filter(([name, value]) => settings.get(name) !== value)
    .map(([name, value]) => `${name} ${value} (now ${settings.get(name) || 'unset'})`);
}

/** Managed Redis forbids CONFIG; INFO shows at least whether there is an append-only file. */
async function assertTrusted(node: Redis, trustSettings: boolean, log: Logger): Promise<void> {
  const info = await node.info('persistence').catch(() => '');
  if (info.includes('aof_enabled:0')) {
    throw new Fault('misconfigured', 'Redis could lose mail as it is set up: set appendonly yes.');
  }
  if (!trustSettings) {
    throw new Fault(
      'misconfigured',
      'Redis forbids CONFIG GET, so its settings cannot be checked. Allow it (ACL: +config|get), or make sure of ' +
        'appendonly yes, appendfsync always, maxmemory-policy noeviction and set REDIS_TRUST_SETTINGS=true.',
    );
  }
  log.warn('redis settings are trusted, not checked');
}
