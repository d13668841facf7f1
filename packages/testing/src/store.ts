import { randomUUID } from 'node:crypto';
import { silentLogger } from '@posthorn/runtime';
import type { Seal, Store } from '@posthorn/store';

export type TestMongo = AsyncDisposable & {
  url: string;
  /** A database that no other test uses; dropped at the end by `withTestStore`. */
  dbName: string;
};

export type TestStore = Store & TestMongo;

/**
 * The MongoDB of `MONGODB_URL` where that is set, else the embedded one in memory, for one test.
 *
 * Loaded when called: most tests need no database, and should not wait for mongoose.
 */
export async function withTestMongo(): Promise<TestMongo> {
  const dbName = `test_${randomUUID().slice(0, 13)}`;
  const given = process.env['MONGODB_URL'];
  if (given) return { url: given, dbName, [Symbol.asyncDispose]: async () => undefined };

  const { startEmbeddedMongo } = await import('@posthorn/local/mongodb');
  const mongo = await startEmbeddedMongo({ port: 0, home: null });
  return { url: mongo.url, dbName, [Symbol.asyncDispose]: () => mongo[Symbol.asyncDispose]() };
}

/** Far longer than a server takes that is there, however busy the machine. */
const readyMsMax = 10_000;

/**
 * A store on a database of its own, ready to use. Disposing it drops the database. Throws where its server cannot be used
 * within `readyWithinMs`.
 */
export async function withTestStore({
  seal,
  readyWithinMs = readyMsMax,
}: {
  seal?: Seal;
  readyWithinMs?: number;
} = {}): Promise<TestStore> {
  await using scope = new AsyncDisposableStack();
  const { connectStore } = await import('@posthorn/store');
  const { url, dbName } = scope.use(await withTestMongo());
  const store = scope.use(await connectStore({ url, dbName, log: silentLogger, ...(seal ? { seal } : {}) }));
  await waitUntilReady(store, { url, readyWithinMs });
  scope.defer(() => store.dropDatabase());

  const opened = scope.move();
  return { ...store, url, dbName, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function waitUntilReady(
  store: Store,
  { url, readyWithinMs }: { url: string; readyWithinMs: number },
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const { host } = new URL(url);
  const text = `The MongoDB of this test (${host}; MONGODB_URL names it) cannot be used after ${readyWithinMs} ms.`;
  const timer = setTimeout(() => late.reject(new Error(text)), readyWithinMs);
  try {
    await Promise.race([store.whenReady(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
