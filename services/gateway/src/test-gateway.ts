import { createSecretKey } from 'node:crypto';
import type { Event, SendItem } from '@posthorn/contracts';
import {
  createKeyring,
  createStatusIdIssuer,
  generateApiKey,
  hashSecret,
  inspectStatusId,
} from '@posthorn/mail';
import { Fault, listen, silentLogger, systemClock } from '@posthorn/runtime';
import { type ApiKeyRecord, createAuthenticate } from './auth/authenticate.ts';
import { createHttp, type HttpDeps, mountFallbacks } from './http/http.ts';
import { createHttpServer } from './http/server.ts';
import type { IdempotencyStore } from './idempotency/idempotency-store.ts';
import { createRunOnce } from './idempotency/run-once.ts';
import { createEndpoints } from './routes/endpoints.ts';
import { createAcceptSends } from './sends/accept-sends.ts';
import { createPublishedVersions, type PublishState } from './sends/published-versions.ts';
import { createSendLookup, type RecordedSend } from './sends/send-lookup.ts';

const pepper = createSecretKey(Buffer.alloc(32, 7));
const keyring = createKeyring([{ id: 1, secret: Buffer.alloc(32, 9) }]);

/** For tests: a gateway on a real port whose store and lanes are plain objects that the test reads and writes. */
export async function startTestGateway({ limit }: Partial<Pick<HttpDeps, 'limit'>> = {}) {
  const fake = createFakes();
  const log = silentLogger;
  const clock = systemClock;
  const statusIds = createStatusIdIssuer(keyring, { processSeed: 1 });
  const versions = createPublishedVersions({ find: fake.findEmail }, clock);
  const app = createHttp(
    createEndpoints({
      acceptSends: createAcceptSends({ versions, sends: fake.sends }),
      findSend: createSendLookup({
        inspect: (accountId, id) => inspectStatusId(keyring, accountId, id),
        records: { find: fake.findSend, events: async () => [] },
      }),
      runOnce: createRunOnce({ idempotency: fake.idempotency, statusIds, clock, log }),
      bodyBytesMax: 100_000,
      sendBytesMax: 200_000,
    }),
    {
      authenticate: createAuthenticate({ apiKeys: fake.apiKeys, pepper, clock, log }),
      limit: limit ?? (async () => ({})),
      clock,
      log,
      bodyBytesMax: 100_000,
    },
  );
  mountFallbacks(app, { log });
  const server = await listen(createHttpServer(app), { host: '127.0.0.1', port: 0 });
  const baseUrl = `http://127.0.0.1:${server.port}`;

  return {
    baseUrl,
    ...fake,
    statusIds,
    key: fake.addKey(1, ['transactional-email', 'marketing-email', 'content']),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

function createFakes() {
  const keys = new Map<string, ApiKeyRecord>();
  const posted: SendItem[] = [];
  const published = new Map<string, PublishState>([['1:42', { isPublished: true, publishedVersion: 3 }]]);
  const recorded = new Map<string, RecordedSend>();
  const events: Event[] = [];
  const away = { mongodb: false, redis: false };

  const mongodb = <T>(value: T): T => {
    if (away.mongodb) throw new Fault('unavailable', 'The database is not available.');
    return value;
  };
  const redis = () => {
    if (away.redis) throw new Fault('unavailable', 'The queue is not available.');
  };
  const addKey = (accountId: number, scopes: string[], extra: Partial<ApiKeyRecord> = {}): string => {
    const { id, secret, key } = generateApiKey();
    keys.set(id, { id, accountId, scopes, digest: hashSecret(pepper, secret), ...extra });
    return key;
  };

  return {
    keys,
    posted,
    published,
    recorded,
    events,
    away,
    addKey,
    apiKeys: { find: async (id: string) => mongodb(keys.get(id) ?? null), touch: async () => undefined },
    findEmail: async (accountId: number, emailId: number) =>
      mongodb(published.get(`${accountId}:${emailId}`) ?? null),
    findSend: async (accountId: number, id: string) => mongodb(recorded.get(`${accountId}:${id}`) ?? null),
    sends: {
      post: async (item: SendItem) => {
        redis();
        posted.push(item);
      },
      postAll: async (items: readonly SendItem[]) => {
        redis();
        posted.push(...items);
      },
    },
    idempotency: createFakeIdempotency(redis),
  };
}

/** Does what the Lua of the real one does, which Redis runs in one go. */
function createFakeIdempotency(redis: () => void): IdempotencyStore {
  const records = new Map<string, Awaited<ReturnType<IdempotencyStore['begin']>>>();
  const owners = new Map<string, string>();
  return {
    begin: async (key, owner, begun) => {
      redis();
      const known = records.get(key);
      if (known?.kind === 'answered') return known;
      if (known && owners.has(key)) return { kind: 'busy', requestHash: known.requestHash };
      const mine = known ?? { kind: 'mine', ...begun };
      if (known?.requestHash === begun.requestHash || !known) owners.set(key, owner);
      records.set(key, mine);
      return mine;
    },
    finish: async (key, _owner, { requestHash }, answer) => {
      records.set(key, { kind: 'answered', requestHash, answer });
      owners.delete(key);
    },
    release: async (key) => {
      owners.delete(key);
    },
  };
}

/** Calls a test gateway; the body is sent as JSON unless it is text already. */
export async function call(
  gateway: Pick<TestGateway, 'baseUrl' | 'key'>,
  target: string,
  {
    body,
    key = gateway.key,
    headers = {},
  }: { body?: unknown; key?: string | null; headers?: Record<string, string> } = {},
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
