import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { submissionBytesMax, submissionsLane } from '@posthorn/contracts';
import { createStatusIdIssuer, digestsFromSecret, keyringFromSecret } from '@posthorn/mail';
import { connectRedis, createPostbox, type Postbox, type RedisLink } from '@posthorn/queue';
import {
  createByteBudget,
  createClientCaps,
  createFreshCache,
  createProgress,
  type HealthCheck,
  type Logger,
  type Progress,
  startHealthServer,
  systemClock,
} from '@posthorn/runtime';
import { connectStore, type Store } from '@posthorn/store';
import { createAcceptMessage } from './accept-message.ts';
import { createCheckLogin } from './auth/check-login.ts';
import { createLockOut } from './auth/lock-out.ts';
import { createTokenBook, type TokenBook } from './auth/token-book.ts';
import { listenForTokens } from './auth/token-notices.ts';
import type { Config } from './config.ts';
import { createMaySendFrom } from './from-domains.ts';
import { createRepeats } from './repeats.ts';
import { type AccountFinder, createJudgeSender } from './smtp/judge-envelope.ts';
import { openPorts, type PortOptions } from './smtp/open-ports.ts';
import { createTakeMessage, type TakeMessage } from './smtp/take-message.ts';
import { makeSelfSigned } from './tls/self-signed.ts';
import { type Certificate, readCertificate, watchCertificate } from './tls/watch-certificate.ts';
import { createTurns } from './turns.ts';

/** A running service. Disposing it closes its ports first, then ends what is under way. */
export type Submission = AsyncDisposable & {
  /** Ports with STARTTLS, then those with TLS from the start, as configured. */
  ports: number[];
  tlsPorts: number[];
  healthPort: number;
};

const clock = systemClock;
/** Far above the 15 seconds that the store of a large message may take. */
const stuckAfterMs = 60_000;
/** How long a message waits for room in memory. */
const roomWaitMs = 30_000;
const largePostsMax = 2;
const accountFreshMs = 5_000;
const paceWindowMs = 30_000;
const certificateLookMs = 10_000;

type Opened = Readonly<{ store: Store; redis: RedisLink; log: Logger }>;

/** Wires the service and starts it; the ports open last, when what they take can be stored. */
export async function startSubmission(config: Config, log: Logger): Promise<Submission> {
  await using scope = new AsyncDisposableStack();

  const store = scope.use(await connectStore({ ...config.mongodb, log }));
  const redis = scope.use(await connectRedis({ ...config.redis, role: 'poster', log }));
  const opened = { store, redis, log };
  const postbox = scope.use(
    createPostbox(submissionsLane, { redis, log, blobs: store.blobs, ...config.lane }),
  );
  const book = createTokenBook({ tokens: store.smtpTokens, clock });
  scope.use(listenForTokens({ redis: redis.client, open: redis.open, book, log }));
  const progress = createProgress({ clock, stuckAfterMs });
  const health = scope.use(
    await startHealthServer(
      {
        live: { posting: progress.healthCheck },
        ready: { queue: postbox.isHealthy(), mongodb: reachedOnce(store) },
      },
      config.health,
    ),
  );
  const certificate = await certificateOf(config);
  const smtp = smtpOptionsOf(config, opened, {
    ...{ book, certificate },
    takeMessage: takeMessageOf(config, opened, { postbox, progress }),
  });
  const ports = scope.use(await openPorts(smtp, config.smtp));
  if (config.tlsFiles) {
    const watched = { files: config.tlsFiles, current: certificate, everyMs: certificateLookMs };
    scope.use(watchCertificate({ ...watched, onRenewed: ports.renew, log }));
  }

  const running = scope.move();
  return {
    ports: ports.starttls,
    tlsPorts: ports.implicit,
    healthPort: health.port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function smtpOptionsOf(
  { smtp, secret }: Config,
  { store, redis, log }: Opened,
  { book, certificate, takeMessage }: { book: TokenBook; certificate: Certificate; takeMessage: TakeMessage },
): PortOptions {
  const lockOut = createLockOut({ redis: redis.client, clock });
  const accounts = accountsOf(store);
  return {
    ...{ name: smtp.name, allowPlainLogin: smtp.allowPlainLogin, certificate, takeMessage, log },
    caps: createClientCaps({ max: smtp.connectionsMax, perClientMax: smtp.clientConnectionsMax }),
    pace: {
      startTimeoutMs: smtp.loginTimeoutMs,
      startAdvice: 'Log in sooner',
      idleTimeoutMs: smtp.idleTimeoutMs,
      bytesPerSecondMin: smtp.bytesPerSecondMin,
      windowMs: paceWindowMs,
      messageBytesHardMax: 2 * submissionBytesMax,
    },
    checkLogin: createCheckLogin({
      ...{ book, lockOut, clock, log, wait },
      digests: digestsFromSecret(secret),
      tokens: store.smtpTokens,
      accounts,
    }),
    judgeSender: createJudgeSender({ book, accounts, clock }),
  };
}

function takeMessageOf(
  { secret, allowsAnyDomain, messagesBytesMax }: Config,
  { store, redis, log }: Opened,
  { postbox, progress }: { postbox: Postbox<Parameters<typeof submissionsLane.idOf>[0]>; progress: Progress },
): TakeMessage {
  const keyring = keyringFromSecret(secret);
  const accept = createAcceptMessage({
    ...{ post: postbox.post, repeats: createRepeats(redis.client), keyring, clock, log },
    maySendFrom: createMaySendFrom({ domains: store.domains, clock, allowsAnyDomain }),
    statusIds: createStatusIdIssuer(keyring, { processSeed: randomInt(2 ** 16) }),
  });
  return createTakeMessage({
    ...{ accept, progress, clock, log },
    budget: createByteBudget({ bytesMax: messagesBytesMax, waitMs: roomWaitMs }),
    inTurn: createTurns(largePostsMax),
  });
}

function accountsOf(store: Store): AccountFinder {
  const cache = createFreshCache({
    ...{ clock, freshMs: accountFreshMs, absentMs: 0, max: 10_000 },
    load: async (accountId: string) => {
      const account = await store.accounts.find(Number(accountId));
      return (
        account && {
          isSuspended: account.isSuspended,
          dedupesMessageId: account.settings.dedupeMessageId === true,
        }
      );
    },
  });
  return { find: (accountId) => cache.get(String(accountId)) };
}

async function certificateOf({ tlsFiles, smtp }: Config): Promise<Certificate> {
  return tlsFiles ? readCertificate(tlsFiles) : makeSelfSigned(smtp.name, { nowMs: clock.nowMs() });
}

/** MongoDB is needed once, to learn tokens from; what was learnt serves while it is away. */
function reachedOnce(store: Store): HealthCheck {
  let hasBeenReady = false;
  return async () => {
    hasBeenReady ||= store.isReady();
    return hasBeenReady ? { ok: true } : { ok: false, reason: 'MongoDB was not reached yet' };
  };
}
