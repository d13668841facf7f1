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

/** A store on a database of its own, ready to use. Disposing it drops the database. */
export async function withTestStore({ seal }: { seal?: Seal } = {}): Promise<TestStore> {
  const { connectStore } = await import('@posthorn/store');
  const mongo = await withTestMongo();
  const { url, dbName } = mongo;
  const store = await connectStore({ url, dbName, log: silentLogger, ...(seal ? { seal } : {}) });
  await store.whenReady();
  return {
    ...store,
    url,
    dbName,
    [Symbol.asyncDispose]: async () => {
      await store.dropDatabase();
      await store[Symbol.asyncDispose]();
      await mongo[Symbol.asyncDispose]();
    },
  };
}
