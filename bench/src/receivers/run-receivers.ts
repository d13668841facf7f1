import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Instance, readSettings, startInstance } from '@posthorn/local';
import { silentLogger } from '@posthorn/runtime';
import { connectStore, type Store } from '@posthorn/store';
import { benchEmail } from '../bench-email.ts';
import { startChild } from '../child.ts';
import type { GeneratorOrder, GeneratorReport } from '../generator.ts';
import { startDispatchers } from './dispatchers.ts';
import { type ReceiverWorld, startReceiverWorld } from './receiver-world.ts';
import { giveUpAfterMinutes, writeRulesFiles } from './rules-files.ts';
import { ask, makePools, type RunPool, runPools, zoneOfSenders } from './sending-ips.ts';
import type { SeenFromAddress } from './sink-audit.ts';
import { type Temper, tempers } from './tempers.ts';
import { sampleWaiting, type WaitingSample } from './waiting-sample.ts';

export type ReceiversOptions = Readonly<{
  sends: number;
  domains: number;
  dispatchers: number;
  firstPort: number;
}>;

export type ReceiversResult = Readonly<{
  accepted: number;
  delivered: number;
  /** Ended otherwise, with a recorded reason, by reason. */
  failed: Readonly<Record<string, number>>;
  /** Neither arrived nor ended. */
  open: number;
  /** Arrived more than once. */
  doubled: number;
  /** Arrived from an address that is not of the send's pool. */
  fromWrongAddress: number;
  /** Recorded as delivered and never seen by a receiver, or the other way round. */
  misrecorded: number;
  seen: ReadonlyMap<Temper, readonly SeenFromAddress[]>;
  waiting: WaitingSample;
  seconds: number;
}>;

/**
 * Sends to receivers of six tempers by several dispatchers and four source addresses, and holds what the receivers saw
 * against the rules and against what was recorded.
 */
export async function runReceivers(options: ReceiversOptions): Promise<ReceiversResult> {
  await using scope = new AsyncDisposableStack();
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-receivers-'));
  scope.defer(() => rm(home, { recursive: true, force: true }));
  const world = scope.use(await startReceiverWorld(options.domains, zoneOfSenders()));
  const env = await environmentOf(world, home);
  const settings = readSettings(
    {
      ...process.env,
      ...env,
      POSTHORN_HOME: home,
      POSTHORN_PORT: String(options.firstPort),
      LOG_LEVEL: 'warn',
      POOLS: 'local',
    },
    process.cwd(),
  );
  const { running: instance } = scope.use(await startInstance(settings, { show: () => {} }));
  scope.use(
    await startDispatchers(options.dispatchers, {
      ...{ instance, folder: path.join(home, 'logs'), firstHealthPort: options.firstPort + 50 },
      secret: (await readFile(instance.secretFile, 'utf8')).trim(),
      env: { ...env, CONCURRENCY: '100', POOLS: runPools.map(({ name }) => name).join(',') },
    }),
  );
  await makePools(instance);
  const store = scope.use(await connectStore({ url: instance.mongodbUrl, log: silentLogger }));
  await store.whenReady();
  return await sendAll(options, { world, instance, store });
}

type Running = Readonly<{ world: ReceiverWorld; instance: Instance['running']; store: Store }>;

async function environmentOf(world: ReceiverWorld, home: string): Promise<Record<string, string>> {
  const { shaping, retries } = await writeRulesFiles(home);
  const ca = path.join(home, 'authority.pem');
  await writeFile(ca, world.caPem);
  return {
    DNS_SERVERS: world.dnsAddress,
    MX_PORT: String(world.mxPort),
    STS_PORT: String(world.stsPort),
    ALLOW_PRIVATE_ADDRESSES: 'true',
    NODE_EXTRA_CA_CERTS: ca,
    SHAPING_FILE: shaping,
    RETRIES_FILE: retries,
  };
}

async function sendAll(options: ReceiversOptions, running: Running): Promise<ReceiversResult> {
  const { world, instance } = running;
  const startedAtMs = Date.now();
  const pools = new Map<string, RunPool>();
  for (const [at, pool] of runPools.entries()) {
    const emailId = await publish(instance, pool);
    const count =
      Math.floor(options.sends / runPools.length) + (at < options.sends % runPools.length ? 1 : 0);
    using generator = startChild('generator.ts');
    const order: GeneratorOrder = {
      ...{ port: Number(new URL(instance.apiUrl).port), apiKey: instance.apiKey, emailId, count },
      ...{ senders: 20, pauseMs: 0, run: pool.name, domains: [...world.domains.values()].flat() },
    };
    const { accepted } = await generator.ask<GeneratorReport>(order);
    for (const [statusId] of accepted) pools.set(statusId, pool);
  }
  const isThere = (statusId: string) => hasArrived(world, statusId);
  const missing = [...pools.keys()].filter((statusId) => !isThere(statusId));
  const waiting = await sampleWaiting(instance, missing, isThere);
  const ends = await untilEnded([...pools.keys()], running);
  return { ...judge(pools, ends, world), waiting, seconds: (Date.now() - startedAtMs) / 1_000 };
}

async function publish(instance: Instance['running'], { name }: RunPool): Promise<number> {
  const { id } = await ask(instance, 'POST', '/marketing/v3/emails', { ...benchEmail, pool: name });
  await ask(instance, 'POST', `/marketing/v3/emails/${id}/publish`);
  return Number(id);
}

/** How each send ended, as the store has it: `delivered`, `bounced: <why>`, `dropped: <why>`, or `open`. */
type Ends = ReadonlyMap<string, string>;

async function untilEnded(statusIds: readonly string[], { instance, store }: Running): Promise<Ends> {
  const deadline = Date.now() + (giveUpAfterMinutes + 8) * 60_000;
  const ends = new Map<string, string>();
  let open = statusIds;
  while (open.length > 0 && Date.now() < deadline) {
    await new Promise((go) => setTimeout(go, 1_000));
    const found = await inTurn(open, async (statusId) => {
      const record = await store.sends.find(instance.accountId, statusId);
      const delivery = record?.deliveries[0];
      if (record?.dropped) return `dropped: ${record.dropped.dropReason}`;
      if (delivery?.state === 'delivered') return 'delivered';
      if (delivery?.state === 'bounced')
        return `bounced: ${delivery.bounced?.category} ${delivery.bounced?.status}`;
      return 'open';
    });
    for (const [at, statusId] of open.entries()) ends.set(statusId, found[at] ?? 'open');
    open = open.filter((statusId) => ends.get(statusId) === 'open');
  }
  return ends;
}

/** Asks for each, some at once. */
async function inTurn<From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}

function judge(
  pools: ReadonlyMap<string, RunPool>,
  ends: Ends,
  world: ReceiverWorld,
): Omit<ReceiversResult, 'waiting' | 'seconds'> {
  const counts = {
    accepted: pools.size,
    delivered: 0,
    open: 0,
    doubled: 0,
    fromWrongAddress: 0,
    misrecorded: 0,
  };
  const failed: Record<string, number> = {};
  for (const [statusId, pool] of pools) {
    const from = arrivalsOf(world, statusId);
    const end = ends.get(statusId) ?? 'open';
    if (end === 'delivered') counts.delivered += 1;
    else if (end === 'open') counts.open += 1;
    else failed[end] = (failed[end] ?? 0) + 1;
    if (from.length > 1) counts.doubled += 1;
    if (from.some((ip) => !pool.addresses.includes(ip))) counts.fromWrongAddress += 1;
    if ((end === 'delivered') !== from.length > 0) counts.misrecorded += 1;
  }
  const seen = new Map(tempers.map((temper) => [temper, world.audits.get(temper)?.seen() ?? []]));
  return { ...counts, failed, seen };
}

function arrivalsOf({ audits }: ReceiverWorld, statusId: string): readonly string[] {
  return [...audits.values()].flatMap(({ arrivals }) => arrivals.get(statusId) ?? []);
}

function hasArrived(world: ReceiverWorld, statusId: string): boolean {
  return arrivalsOf(world, statusId).length > 0;
}
