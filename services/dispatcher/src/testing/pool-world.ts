import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type DispatchItem, dispatchLane, type Event } from '@posthorn/contracts';
import { connectRedis, createPostbox } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createWaitingBoard, type Noted, type WaitingBoard } from '@posthorn/shaping';
import { type SinkConnectionChange, type SmtpSinkOptions, startDnsServer } from '@posthorn/testing';
import { type DispatcherOptions, startDispatcher } from '../app.ts';
import { loadConfig } from '../config.ts';
import type { PooledSource } from '../sources/source.ts';
import { anItem, createDispatchWorld, type DispatchWorld, shortLease } from './dispatch-world.ts';

export type PoolWorldOptions = Readonly<{
  sources: readonly PooledSource[];
  /** The content of the shaping file. */
  rules?: string;
  sink?: SmtpSinkOptions;
  dispatcherCount?: number;
  env?: Record<string, string>;
  options?: DispatcherOptions;
}>;

/** Dispatchers side by side, one receiver found by DNS, real sources. Ends with the test. */
export type PoolWorld = Omit<DispatchWorld, keyof AsyncDisposable | 'post'> & {
  /** Posts `count` items for as many recipients with that local part; resolves with their status ids. */
  post(localPart: string, count: number, fields?: Partial<DispatchItem>, pool?: string): Promise<string[]>;
  eventsOf<Type extends Event['type']>(type: Type): Extract<Event, { type: Type }>[];
  /** What is noted of sends that wait for a rule, once there are so many notes; throws after 20 seconds. */
  notesOf(statusIds: readonly string[], rule: string, countMin?: number): Promise<readonly Noted[]>;
  /** Most connections that the sink had open at once, of one source address where that is given. */
  connectionsMax(ip?: string): number;
};

export async function setUpPools(t: TestContext, options: PoolWorldOptions): Promise<PoolWorld> {
  const scope = new AsyncDisposableStack();
  t.after(() => scope.disposeAsync());
  const changes: SinkConnectionChange[] = [];
  const onConnection = (change: SinkConnectionChange) => changes.push(change);
  const world = scope.use(await createDispatchWorld({ ...options.sink, onConnection }));
  const dns = scope.use(await startDnsServer(zone));
  const link = { url: world.redis.url, role: 'poster', log: silentLogger } as const;
  const { client, ...redis } = scope.use(await connectRedis(link));
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-pools-'));
  scope.defer(() => rm(folder, { recursive: true }));

  const { sources, env } = options;
  const pools = [...new Set(sources.map(({ pool }) => pool))];
  await world.setSources({ pools, sources }, env?.['SEAL_KEY']);
  const config = loadConfig({
    ...world.env,
    ...{ SMTP_ROUTE: '', MX_PORT: String(world.sink.port), ALLOW_PRIVATE_ADDRESSES: 'yes' },
    ...{ DNS_SERVERS: dns.address, SHAPING_FILE: await file(folder, 'shaping.yaml', options.rules ?? '') },
    RETRIES_FILE: await file(folder, 'retries.yaml', 'delays: [1s]\njitterPercent: 0\n'),
    ...env,
  });
  for (let count = 0; count < (options.dispatcherCount ?? 3); count += 1) {
    scope.use(await startDispatcher(config, silentLogger, { lease: shortLease, ...options.options }));
  }
  const board = createWaitingBoard({ redis: client, clock: systemClock });

  return {
    ...world,
    async post(localPart, count, fields = {}, pool = 'default') {
      const items = Array.from({ length: count }, (_, at) =>
        anItem(`${localPart}+${at}@example.org`, fields),
      );
      await using postbox = createPostbox(dispatchLane(pool), {
        redis: { ...redis, client },
        ...{ log: silentLogger, timeoutMs: 10_000 },
      });
      await postbox.postAll(items);
      return items.map(({ statusId }) => statusId);
    },
    eventsOf: (type) => world.events.filter((event) => isOfType(event, type)),
    notesOf: (statusIds, rule, countMin = 1) => notesOf(board, statusIds, { rule, countMin }),
    connectionsMax: (ip) => mostAtOnce(changes.filter((change) => ip === undefined || change.ip === ip)),
  };
}

/** An address that is warm and of the pool `default`, unless said otherwise. */
export function aSource(address: string, fields: Partial<PooledSource> = {}): PooledSource {
  const ehloName = `mail-${address.replaceAll('.', '-')}.sender.example`;
  return { address, ehloName, pool: 'default', state: 'active', warmup: 'skip', ...fields };
}

const zone = {
  'example.org': { MX: [[10, 'mx.example.org']] as const },
  'mx.example.org': { A: ['127.0.0.1'] },
};

async function file(folder: string, name: string, content: string): Promise<string> {
  const where = path.join(folder, name);
  await writeFile(where, content);
  return where;
}

function isOfType<Type extends Event['type']>(
  event: Event | { type: string },
  type: Type,
): event is Extract<Event, { type: Type }> {
  return event.type === type;
}

async function notesOf(
  board: WaitingBoard,
  statusIds: readonly string[],
  { rule, countMin }: { rule: string; countMin: number },
): Promise<readonly Noted[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await Promise.all(statusIds.map((id) => board.read(id)));
    const notes = found.flatMap((ofOne) => ofOne ?? []).filter((note) => note.rule === rule);
    if (notes.length >= countMin) return notes;
    if (Date.now() > deadline) throw new Error(`${notes.length} notes in place of ${countMin}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function mostAtOnce(changes: readonly SinkConnectionChange[]): number {
  let [open, most] = [0, 0];
  for (const { kind } of changes) {
    open += kind === 'open' ? 1 : -1;
    most = Math.max(most, open);
  }
  return most;
}
