import type { ConversationLine, Event, SendItem } from '@posthorn/contracts';
import { createStatusIdIssuer, digestsFromSecret, generateApiKey, keyringFromSecret } from '@posthorn/mail';
import { createLogger, Fault, type Logger, listen, silentLogger, systemClock } from '@posthorn/runtime';
import type { ApiKey, SendRecord } from '@posthorn/store';
import { type ApiDeps, createApi } from '../api.ts';
import { createAuthenticate } from '../auth/authenticate.ts';
import type { CompileEmail } from '../emails/compile-email.ts';
import { createHttpServer } from '../http/server.ts';
import { createFakeCounters } from './fake-counters.ts';
import { createFakeDomains, testDomains } from './fake-domains.ts';
import { createFakeEmails } from './fake-emails.ts';
import { createFakeIdempotency } from './fake-idempotency.ts';
import { createFakeIps, testIps } from './fake-ips.ts';
import { createFakeSites } from './fake-sites.ts';
import { createFakeSmtpTokens } from './fake-smtp-tokens.ts';
import { createFakeSuppressions } from './fake-suppressions.ts';

const secret = 'a secret of at least 32 bytes for tests';
const digests = digestsFromSecret(secret);
const keyring = keyringFromSecret(secret);

type Options = Partial<
  Pick<ApiDeps, 'limit' | 'compile' | 'clock' | 'domains' | 'ips'> & {
    mount: Parameters<typeof createApi>[1];
    /** Told of what is logged as an error. */
    onError: (fields: unknown) => void;
    /** Told of every line that is logged. */
    onLog: (line: string) => void;
  }
>;

/** For tests: a gateway on a real port, on stores and lanes that are plain objects which the test reads and writes. */
export async function startTestGateway(options: Options = {}) {
  const { limit, compile, clock, domains, ips, mount, onError, onLog } = options;
  const fake = createFakes();
  fake.putEmail({ accountId: 1, emailId: 42, isPublished: true, publishedVersion: 3 });
  const app = createApi(
    {
      store: fake.store,
      postbox: fake.postbox,
      domains: domains ?? testDomains,
      idempotency: fake.idempotency,
      ips: ips ?? testIps,
      warmup: noWarmup,
      shaping: { sites: fake.sites, waiting: fake.waiting },
      tokenNotices: fake.tokenNotices,
      limit: limit ?? (async () => ({})),
      compile: compile ?? compileAnything,
      keys: { keyring, digests },
      clock: clock ?? systemClock,
      log: loggerOf(onError, onLog),
      limits: { bodyBytesMax: 100_000, sendBytesMax: 200_000, bodiesBytesMax: 400_000, legacyWaitMs: 60 },
      processSeed: 1,
    },
    mount ?? (() => undefined),
  );
  const server = await listen(createHttpServer(app), { host: '127.0.0.1', port: 0 });

  return {
    ...fake,
    port: server.port,
    authenticate: createAuthenticate({
      apiKeys: fake.store.apiKeys,
      accounts: fake.store.accounts,
      digests,
      clock: systemClock,
      log: silentLogger,
    }),
    baseUrl: `http://127.0.0.1:${server.port}`,
    key: fake.addKey(1, ['transactional-email', 'marketing-email', 'content']),
    statusIds: createStatusIdIssuer(keyring, { processSeed: 2 }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

const noWarmup: ApiDeps['warmup'] = {
  read: async (ip) => ({ ip, mode: 'plan', plan: [], providers: [] }),
  start: async () => undefined,
  skip: async () => undefined,
  forget: async () => undefined,
  isWarm: async () => false,
};

const compileAnything: CompileEmail = ({ plainText = '', ...source }) => ({
  kind: 'compiled',
  ...source,
  text: plainText,
  links: [],
  contactProperties: [],
});

function createFakes() {
  const away = { mongodb: false, redis: false };
  const mongodb = <T>(value: T): T => {
    if (away.mongodb) throw new Fault('unavailable', 'The database is not available.');
    return value;
  };
  const redis = () => {
    if (away.redis) throw new Fault('unavailable', 'The queue is not available.');
  };
  const { emails, emailVersions, versions, listed, put } = createFakeEmails(mongodb);
  const { rows, secrets, ...domainStores } = createFakeDomains(mongodb);
  const { keys, addKey } = createFakeKeys();
  const suppressions = createFakeSuppressions(mongodb);
  const { smtpTokens, tokenNotices, ...tokens } = createFakeSmtpTokens(mongodb, redis);
  const { counters, putCounts } = createFakeCounters(mongodb);
  const { recorded, events, said, sends, eventsOf, conversations, generations, losses } =
    createFakeRecords(mongodb);
  const apiKeys = {
    find: async (id: string) => mongodb(keys.get(id) ?? null),
    touch: async () => undefined,
    renewDigest: async () => undefined,
  };

  return {
    away,
    keys,
    addKey,
    recorded,
    events,
    said,
    losses,
    versions,
    listed,
    putEmail: put,
    domains: rows,
    dkimKeys: secrets,
    store: {
      ...createFakeIps(mongodb),
      ...{ apiKeys, emails, emailVersions, sends, events: eventsOf, suppressions, smtpTokens, counters },
      ...{ conversations, generations },
      ...domainStores,
    },
    ...tokens,
    tokenNotices,
    putCounts,
    idempotency: createFakeIdempotency(redis),
    ...createFakePostbox(redis),
    ...createFakeSites(redis),
  };
}

function createFakePostbox(requireRedis: () => void) {
  const posted: SendItem[] = [];
  const postAll = async (items: readonly SendItem[]) => {
    requireRedis();
    posted.push(...items);
  };
  return { posted, postbox: { post: (item: SendItem) => postAll([item]), postAll } };
}

function createFakeKeys() {
  const keys = new Map<string, ApiKey>();
  const addKey = (accountId: number, scopes: string[], extra: Partial<ApiKey> = {}): string => {
    const { id, secret, key } = generateApiKey();
    const digest = digests.make(secret);
    keys.set(id, { id, accountId, scopes, digest, name: 'test', createdAtMs: 1, ...extra });
    return key;
  };
  return { keys, addKey };
}

function createFakeRecords(answer: <T>(value: T) => T) {
  const recorded = new Map<string, SendRecord>();
  const events: Event[] = [];
  const said = new Map<string, readonly ConversationLine[]>();
  /** When Redis was found emptied. */
  const losses: number[] = [];
  return {
    recorded,
    events,
    said,
    losses,
    generations: {
      findLossAfter: async (atMs: number) => answer(losses.find((lossAtMs) => lossAtMs > atMs) ?? null),
    },
    conversations: { listBySend: async () => answer(said) },
    sends: {
      find: async (accountId: number, id: string) => answer(recorded.get(`${accountId}:${id}`) ?? null),
    },
    eventsOf: {
      listBySend: async (_accountId: number, id: string) =>
        answer(events.filter(({ statusId }) => statusId === id)),
    },
  };
}

function loggerOf(onError: Options['onError'], onLog: Options['onLog']): Logger {
  if (!onError && !onLog) return silentLogger;
  const write = (line: string) => {
    onLog?.(line);
    if (line.includes('"level":"error"')) onError?.(JSON.parse(line));
  };
  return createLogger({ service: 'gateway', level: 'trace', destination: { write } });
}

type CallOptions = { body?: unknown; key?: string | null; headers?: Record<string, string> };

/** Calls a test gateway; a body is sent as JSON unless it is text already. */
export async function call(
  gateway: Pick<TestGateway, 'baseUrl' | 'key'>,
  target: string,
  { body, key = gateway.key, headers = {} }: CallOptions = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const [method = 'GET', path = '/'] = target.split(' ');
  const response = await fetch(gateway.baseUrl + path, {
    method,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
