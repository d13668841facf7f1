import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RedisServer, startRedis } from '@posthorn/local/redis';
import { silentLogger } from '@posthorn/runtime';
import { connectStore, type Store } from '@posthorn/store';
import {
  type DnsServer,
  type FaultProxy,
  openSubmissionLedger,
  readSubmissions,
  type SubmissionEntry,
  type SubmissionLedger,
  startDnsServer,
  startFaultProxy,
} from '@posthorn/testing';
import { publishEmail } from '../author.ts';
import { type RunningSystem, startRunningSystem } from '../running-system.ts';
import { type FaultSink, startFaultSink } from './fault-sink.ts';
import { pause } from './pause.ts';

/** A whole system between a generator and a sink, each with a ledger that survives whatever is done to the system. */
export type FaultWorld = AsyncDisposable &
  Readonly<{
    system: RunningSystem;
    sink: FaultSink;
    emailId: number;
    ledger: SubmissionLedger;
    submissions(): Promise<SubmissionEntry[]>;
    /** What the system itself knows; it may be asked only while MongoDB is there. */
    store: Store;
    /** A folder of the run's own, which goes with it. */
    folder: string;
    /** The environment of one more dispatcher, for the pool that the run's mail leaves from. */
    dispatcherEnv: Readonly<Record<string, string>>;
    /** A Redis of the world's own and the way to it from every service, where it was asked for. */
    ownRedis: OwnRedis | undefined;
  }>;

export type OwnRedis = Readonly<{
  proxy: FaultProxy;
  home: string;
  /** Kills what still runs of it, and starts it again on the same port and folder. */
  restart(): Promise<void>;
}>;

export type FaultWorldOptions = Readonly<{
  env?: Readonly<Record<string, string>> | undefined;
  /** A Redis of the world's own behind a proxy, its data in `redisHome` where that is given. */
  hasOwnRedis?: boolean | undefined;
  redisHome?: string | undefined;
  /** The run's mail leaves from a pool that the system's own dispatcher does not serve: dispatchers of the run do. */
  hasOwnDispatchers?: boolean | undefined;
  /** The run's dispatchers send where the DNS says, which knows `probe.example` and, as a site of its own, `slow.probe.example`. */
  hasMx?: boolean | undefined;
  onAmbiguous?: 'hold' | undefined;
}>;

/** What a renderer may hold an account's settings to be after they were changed, and more. */
const accountStaleMs = 6_000;
const ownPool = 'faults';

/** Starts the system with its mail going to the sink, and retries that follow soon. */
export async function startFaultWorld(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  await using scope = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-faults-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const ledgers = await mkdtemp(path.join(await ledgerHome(), 'posthorn-ledgers-'));
  scope.defer(() => rm(ledgers, { recursive: true, force: true }));
  const sink = scope.use(await startFaultSink(path.join(ledgers, 'sink.jsonl')));
  const ownRedis = options.hasOwnRedis ? await startOwnRedis(options, folder, scope) : undefined;
  const dns = options.hasMx ? scope.use(await startDnsServer(zone)) : undefined;
  const retries = await quickRetries(folder);
  const route = { SMTP_ROUTE: `smtp://127.0.0.1:${sink.port}` };
  const system = scope.use(
    await startRunningSystem({
      ...{ ...retries, ...route, LOG_LEVEL: 'info' },
      ...(ownRedis && { REDIS_URL: `redis://127.0.0.1:${ownRedis.proxy.port}` }),
      ...(options.hasOwnDispatchers && { POOLS: 'default' }),
      ...options.env,
    }),
  );
  scope.use(endWithUs(system.instance.pid));
  const { redisUrl, mongodbUrl, accountId } = system.instance;
  const store = scope.use(await connectStore({ url: mongodbUrl, log: silentLogger }));
  await store.whenReady();
  await settle(store, accountId, options);
  const emailId = await publishEmail(system.instance);
  const submissionsFile = path.join(ledgers, 'submissions.jsonl');
  const ledger = scope.use(await openSubmissionLedger(submissionsFile));
  const opened = scope.move();

  return {
    ...{ system, sink, emailId, ledger, store, folder, ownRedis },
    dispatcherEnv: {
      ...{ ...retries, ...(dns ? mxEnv(dns, sink) : route) },
      ...{ REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl, HEALTH_PORT: '0', POOLS: ownPool },
      ...options.env,
    },
    submissions: () => readSubmissions(submissionsFile),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A file system in memory on every Linux. */
const memoryHome = '/dev/shm';

/**
 * Where both ledgers lie: off the disk that a run makes busy or fills, since callers and receivers have their own. In memory
 * they outlive whatever is done to the system, and nothing is done to the machine.
 */
async function ledgerHome(): Promise<string> {
  return access(memoryHome, constants.W_OK).then(
    () => memoryHome,
    () => tmpdir(),
  );
}

/** Whatever ends this process, short of SIGKILL, ends the system too. */
function endWithUs(pid: number): Disposable {
  const end = () => {
    process.kill(pid, 'SIGINT');
  };
  process.once('exit', end);
  return { [Symbol.dispose]: () => void process.off('exit', end) };
}

async function settle(
  store: Store,
  accountId: number,
  { hasOwnDispatchers, onAmbiguous }: FaultWorldOptions,
): Promise<void> {
  if (!hasOwnDispatchers && !onAmbiguous) return;
  await store.accounts.updateSettings(accountId, {
    ...(hasOwnDispatchers && { pool: ownPool }),
    ...(onAmbiguous && { onAmbiguous }),
  });
  await pause(accountStaleMs);
}

const zone = {
  'probe.example': { MX: [[10, 'mx.probe.example']] as const },
  'mx.probe.example': { A: ['127.0.0.1'] },
  'slow.probe.example': { MX: [[10, 'mx.slow.example']] as const },
  'mx.slow.example': { A: ['127.0.0.1'] },
};

/** Waits short enough for a run. */
async function quickRetries(folder: string): Promise<Record<string, string>> {
  const retries = {
    ...{ delays: ['2s', '4s', '8s'], giveUpAfter: '45s' },
    namedWait: { atLeast: '2s', atMost: '8s' },
  };
  const file = path.join(folder, 'retries.yaml');
  await writeFile(file, JSON.stringify(retries));
  return { RETRIES_FILE: file };
}

/** The environment in which a dispatcher asks the DNS where to find the sink. */
function mxEnv({ address }: DnsServer, { port }: FaultSink): Record<string, string> {
  return {
    ...{ DNS_SERVERS: address, MX_PORT: String(port) },
    ...{ ALLOW_PRIVATE_ADDRESSES: 'true', ALLOW_SYSTEM_ADDRESS: 'true' },
  };
}

async function startOwnRedis(
  { redisHome }: FaultWorldOptions,
  folder: string,
  scope: AsyncDisposableStack,
): Promise<OwnRedis> {
  const home = redisHome ?? path.join(folder, 'redis');
  let server: RedisServer = await startRedis({ port: 0, home });
  scope.defer(() => server.kill());
  const { port } = server;
  const proxy = scope.use(await startFaultProxy({ port }));
  return {
    ...{ proxy, home },
    async restart() {
      await server.kill();
      server = await startRedis({ port, home });
    },
  };
}
