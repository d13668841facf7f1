import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { probeRedis } from '@posthorn/local/redis';
import { listen } from '@posthorn/runtime';
import { type TestRedis, withTestRedis } from './redis.ts';

export type TestRedisCluster = AsyncDisposable &
  Readonly<{
    /** All nodes with commas between, as REDIS_URL names a cluster. */
    url: string;
    /** Primaries; each can be killed and started again, and keeps its slots. */
    nodes: readonly TestRedis[];
  }>;

const nodeCount = 3;
const slotCount = 16_384;
const joinTimeoutMs = 30_000;

/** `cluster-node-timeout`: how long a primary may be silent before the others hold the cluster to be down. */
const nodeTimeoutMs = 2_000;

/**
 * A Redis Cluster of three primaries for tests, without replicas: three processes with the settings Posthorn demands.
 *
 * Resolves when every node serves its third of the slots and knows the others. Disposing it stops all three and removes
 * their folders. Source: https://redis.io/docs/latest/operate/oss_and_stack/management/scaling/
 */
export async function startRedisCluster(
  options: Parameters<typeof withTestRedis>[0] = {},
): Promise<TestRedisCluster> {
  await using scope = new AsyncDisposableStack();
  const started = await Promise.allSettled(Array.from({ length: nodeCount }, () => startNode(options)));
  const nodes: (TestRedis & { busPort: number })[] = [];
  for (const node of started) if (node.status === 'fulfilled') nodes.push(scope.use(node.value));
  for (const node of started) if (node.status === 'rejected') throw node.reason;

  for (const [at, { port }] of nodes.entries()) {
    const [from, to] = [at, at + 1].map((part) => Math.floor((part * slotCount) / nodeCount));
    await tell(port, `CLUSTER ADDSLOTSRANGE ${from} ${Number(to) - 1}`);
    await tell(port, `CLUSTER SET-CONFIG-EPOCH ${at + 1}`);
  }
  const [first, ...others] = nodes;
  for (const { port, busPort } of others)
    await tell(first?.port ?? 0, `CLUSTER MEET 127.0.0.1 ${port} ${busPort}`);
  await Promise.all(nodes.map(({ port }) => untilJoined(port)));

  const running = scope.move();
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startNode({ settings, ...options }: NonNullable<Parameters<typeof withTestRedis>[0]>) {
  // Unless told, the bus takes the port plus 10,000, which may be past the last one.
  const busPort = await freePort();
  const redis = await withTestRedis({
    ...options,
    settings: {
      'cluster-enabled': 'yes',
      'cluster-config-file': 'nodes.conf',
      'cluster-node-timeout': String(nodeTimeoutMs),
      'cluster-port': String(busPort),
      ...settings,
    },
  });
  return Object.assign(redis, { busPort });
}

async function tell(port: number, command: string): Promise<void> {
  assert.equal(await probeRedis(port, command), '+OK\r\n', command);
}

async function untilJoined(port: number): Promise<void> {
  const deadline = performance.now() + joinTimeoutMs;
  for (;;) {
    const info = (await probeRedis(port, 'CLUSTER INFO')) ?? '';
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodeCount}`)) return;
    assert.ok(performance.now() < deadline, `the node on port ${port} did not join: ${info}`);
    await delay(20);
  }
}

async function freePort(): Promise<number> {
  await using listening = await listen(createServer(), { host: '127.0.0.1', port: 0 });
  return listening.port;
}
