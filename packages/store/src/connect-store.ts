import type { HealthCheck, Logger } from '@posthorn/runtime';
import type { Connection } from 'mongoose';
import { watchAbsence } from './absence.ts';
import { AccountRepository } from './accounts.ts';
import { ApiKeyRepository } from './api-keys.ts';
import { type BlobStore, createBlobStore } from './blobs.ts';
import { createConnection, keepOpen } from './connection.ts';
import { ContactRepository } from './contacts.ts';
import { ConversationRepository } from './conversations.ts';
import { CounterRepository } from './counters.ts';
import { DkimKeyRepository } from './dkim-keys.ts';
import { DomainRepository } from './domains.ts';
import { EmailVersionRepository } from './email-versions.ts';
import { EmailRepository } from './emails.ts';
import { EventRepository } from './events.ts';
import { GenerationRepository } from './generations.ts';
import { createGuard, type Guard } from './guard.ts';
import { IpRepository } from './ips.ts';
import { PoolRepository } from './pools.ts';
import type { Seal } from './seal.ts';
import { SendRepository } from './sends.ts';
import { SmtpTokenRepository } from './smtp-tokens.ts';
import { SuppressionRepository } from './suppressions.ts';

export type StoreOptions = Readonly<{
  /** Standard connection string; its path names the database, `posthorn` where it has none. */
  url: string;
  log: Logger;
  /** Overrides the database that the URL names. */
  dbName?: string;
  /** Encrypts private keys and passwords; without it `dkimKeys` refuses to work. */
  seal?: Seal;
}>;

export type Repositories = Readonly<{
  accounts: AccountRepository;
  apiKeys: ApiKeyRepository;
  smtpTokens: SmtpTokenRepository;
  emails: EmailRepository;
  emailVersions: EmailVersionRepository;
  contacts: ContactRepository;
  events: EventRepository;
  conversations: ConversationRepository;
  sends: SendRepository;
  suppressions: SuppressionRepository;
  counters: CounterRepository;
  blobs: BlobStore;
  dkimKeys: DkimKeyRepository;
  domains: DomainRepository;
  ips: IpRepository;
  pools: PoolRepository;
  generations: GenerationRepository;
}>;

/**
 * What is kept in MongoDB. While MongoDB is away every method throws `Fault('unavailable')` within two seconds; when it
 * is there and says nothing, recording a bag (`events.append`, `sends.apply`) may take ten, folding and blobs more.
 */
export type Store = AsyncDisposable &
  Repositories &
  Readonly<{
    /** Whether MongoDB was reached and its indexes made, and the connection is open now. */
    isReady: () => boolean;
    /** Asks MongoDB for a sign of life. */
    healthCheck: HealthCheck;
    /** Resolves once the store was ready for the first time; never rejects. For start-up scripts and tests. */
    whenReady: () => Promise<void>;
    /** Deletes the whole database. For tests. */
    dropDatabase: () => Promise<void>;
  }>;

/** Longest an ordinary call may take before it counts as unavailable. */
const callTimeoutMs = 2_000;
/** Rest between two looks for a MongoDB that is away. */
const probeEveryMs = 250;

/**
 * Opens the store. Resolves at once, also while MongoDB is away: the connection is made in the background, indexes
 * with it, and made again whenever it is lost. Disposing it closes the connection.
 */
export async function connectStore({ url, log, dbName, seal }: StoreOptions): Promise<Store> {
  const connection = createConnection();
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  let hasOpened = false;
  const absence = watchAbsence({ probe: () => ping(connection), everyMs: probeEveryMs });
  const guard = createGuard({
    isOpen: () => hasOpened && !absence.isAway(),
    timeoutMs: callTimeoutMs,
    onAway: absence.note,
  });
  const repositories = createRepositories(connection, guard, { seal });

  const opening = keepOpen(connection, {
    url,
    dbName: dbName ?? (namesDatabase(url) ? undefined : 'posthorn'),
    log,
    signal: stop.signal,
    ready: async () => {
      await createIndexes(connection);
      hasOpened = true;
      ready.resolve();
    },
  });

  return {
    ...repositories,
    isReady: () => hasOpened && connection.readyState === 1,
    healthCheck: () => lookForLife(connection),
    whenReady: () => ready.promise,
    dropDatabase: () => guard('drop', () => connection.dropDatabase(), 30_000),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      absence[Symbol.dispose]();
      await connection.close();
      await opening;
    },
  };
}

/** Makes the repositories on a connection. */
export function createRepositories(
  connection: Connection,
  guard: Guard,
  { seal }: { seal?: Seal | undefined } = {},
): Repositories {
  return {
    accounts: new AccountRepository(connection, guard),
    apiKeys: new ApiKeyRepository(connection, guard),
    smtpTokens: new SmtpTokenRepository(connection, guard),
    emails: new EmailRepository(connection, guard),
    emailVersions: new EmailVersionRepository(connection, guard),
    contacts: new ContactRepository(connection, guard),
    events: new EventRepository(connection, guard),
    conversations: new ConversationRepository(connection, guard),
    sends: new SendRepository(connection, guard),
    suppressions: new SuppressionRepository(connection, guard),
    counters: new CounterRepository(connection, guard),
    blobs: createBlobStore(connection, guard),
    dkimKeys: new DkimKeyRepository(connection, guard, seal),
    domains: new DomainRepository(connection, guard),
    ips: new IpRepository(connection, guard, seal),
    pools: new PoolRepository(connection, guard),
    generations: new GenerationRepository(connection, guard),
  };
}

/** Makes every collection and its indexes; those that exist are left. */
export async function createIndexes(connection: Connection): Promise<void> {
  await Promise.all(Object.values(connection.models).map((model) => model.createIndexes()));
}

async function lookForLife(connection: Connection): ReturnType<HealthCheck> {
  try {
    await ping(connection);
    return { ok: true };
  } catch {
    return { ok: false, reason: 'mongodb is away' };
  }
}

/** Rejects when no server answers within the limit of an ordinary call. */
async function ping(connection: Connection): Promise<void> {
  if (!connection.db) throw new Error('not connected yet');
  await connection.db.command({ ping: 1 }, { timeoutMS: callTimeoutMs });
}

/** Whether the connection string has a path: everything after the hosts' slash and before the options. */
function namesDatabase(url: string): boolean {
  return /^mongodb(\+srv)?:\/\/[^/?]+\/[^?]+/.test(url);
}
