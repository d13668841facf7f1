import {
  type DispatchItem,
  dispatchLane,
  type EventsItem,
  eventsLane,
  renderLane,
  submissionsLane,
} from '@posthorn/contracts';
import { allDone, connectRedis, consume, createPostbox } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { createSeal } from '@posthorn/store';
import { withTestRedis, withTestStore } from '@posthorn/testing';
import { startRenderer } from '../app.ts';
import { loadConfig } from '../config.ts';
import { accountId, aDomain, aVersion, secret, shopKeys } from '../fixture.ts';

/** A renderer between real lanes, with a store that knows shop.test; what comes out of it is gathered. For tests. */
export async function startRunningRenderer({ accountPool }: { accountPool?: string } = {}) {
  await using scope = new AsyncDisposableStack();
  const server = scope.use(await withTestRedis());
  const store = scope.use(await withTestStore({ seal: createSeal(secret) }));
  const settings = accountPool === undefined ? {} : { pool: accountPool };
  await store.accounts.create({ name: 'Shop', accountId, createdAtMs: 1, settings });
  await store.emailVersions.insert(aVersion());
  await store.domains.insert(aDomain());
  for (const key of shopKeys) await store.dkimKeys.insert({ ...key, accountId, createdAtMs: 1 });

  const mongodb = new URL(store.url);
  mongodb.pathname = `/${store.dbName}`;
  const config = loadConfig({
    ...{ REDIS_URL: server.url, MONGODB_URL: mongodb.href, POSTHORN_SECRET: secret, WORKER_THREADS: '2' },
    ...{ TRACKING_URL: 'https://t.test', RETURN_PATH_HOST: 'bounces.shop.test', HEALTH_HOST: '127.0.0.1' },
  });
  const { healthPort } = scope.use(await startRenderer(config, silentLogger));
  const log = silentLogger;
  const redis = scope.use(await connectRedis({ url: server.url, role: 'worker', log }));
  // On a busy machine a post may take longer than callers are let wait.
  const laneOptions = { redis, log, blobs: store.blobs, timeoutMs: 30_000 };
  const sends = scope.use(createPostbox(renderLane, laneOptions));
  const submissions = scope.use(createPostbox(submissionsLane, laneOptions));

  const dispatched: (DispatchItem & { pool: string })[] = [];
  const events: EventsItem[] = [];
  const takeEvents = async (items: readonly { item: EventsItem }[]) => {
    // A contact that MongoDB is slow to take comes here as well; it says nothing about the sends.
    events.push(...items.map(({ item }) => item).filter(({ type }) => type !== 'CONTACT'));
    return allDone;
  };
  for (const pool of ['default', 'own', 'receipts']) {
    const into = async (items: readonly { item: DispatchItem }[]) => {
      dispatched.push(...items.map(({ item }) => ({ ...item, pool })));
      return allDone;
    };
    scope.use(consume(dispatchLane(pool), into, { ...laneOptions, concurrency: 1 }));
  }
  scope.use(consume(eventsLane, takeEvents, { ...laneOptions, concurrency: 1 }));

  const whenOut = async (wanted: { dispatched: number; events: number }) => {
    const deadlineMs = Date.now() + 30_000;
    while (dispatched.length < wanted.dispatched || events.length < wanted.events) {
      if (Date.now() > deadlineMs)
        throw new Error(`only ${dispatched.length} dispatched, ${events.length} events`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { dispatched, events };
  };
  const opened = scope.move();
  return {
    store,
    sends,
    submissions,
    healthPort,
    whenOut,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
