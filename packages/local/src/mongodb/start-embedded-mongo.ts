import { type Clock, silentLogger, systemClock } from '@posthorn/runtime';
import { type Log, openMemoryStore, openStore } from './durability/store.ts';
import { serveConnection } from './server/connection.ts';
import { CursorStore } from './server/cursors.ts';
import { createDispatch } from './server/dispatch.ts';
import { every } from './server/every.ts';
import { createFailPoint } from './server/fail-point.ts';
import { listen, type Serve } from './server/listen.ts';
import { createTurns } from './server/pacer.ts';
import { emptyDropped, sweepExpired } from './ttl.ts';

/** How the server runs. */
export type EmbeddedMongoOptions = {
  /** TCP port on 127.0.0.1; 0 takes any that is free. */
  port: number;
  /** Folder the data is kept in, made if need be; null keeps everything in memory only. */
  home: string | null;
  log?: Log;
  /** Time for TTL indexes, cursors and `$currentDate`. */
  clock?: Pick<Clock, 'nowMs'>;
  /** Pages of 4 KiB the database may have before writes are refused as on a full disk. For tests. */
  pagesMax?: number;
  /** Pause between two sweeps of the TTL indexes. 60 seconds, as in MongoDB. */
  ttlSweepMs?: number;
  /** Has `configureFailPoint`. */
  hasTestCommands?: boolean;
};

/** A running server. Disposing it closes all connections and the database. */
export type EmbeddedMongo = AsyncDisposable & {
  /** What a driver connects to, without a database. */
  readonly url: string;
  readonly port: number;
  /** Deletes expired documents now; resolves to their number. */
  sweepExpired(): Promise<number>;
};

/** Pause between two looks for tables that were dropped and have still to be emptied. */
const emptyPauseMs = 1_000;

/**
 * Starts a MongoDB-compatible server on this machine, for one machine's trials and tests.
 *
 * Throws where the port or the folder is in use, or where the data is damaged.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { port, home, log = silentLogger, clock = systemClock } = options;
  const { ttlSweepMs = 60_000, pagesMax } = options;
  const failPoint = options.hasTestCommands ? createFailPoint() : undefined;
  await using scope = new AsyncDisposableStack();
  const store = scope.use(home === null ? openMemoryStore(log) : await openStore({ home, log, pagesMax }));
  const stopping = new AbortController();
  const cursors = new CursorStore(clock);
  const turns = createTurns();
  const dispatch = createDispatch(
    { store, cursors, turns, clock, startedAtMs: clock.nowMs(), failPoint },
    log,
  );

  async function sweep(): Promise<number> {
    cursors.sweep();
    const { mark } = store.database;
    const deleted = await sweepExpired({ catalog: store.catalog, clock, turns, signal: stopping.signal });
    await store.database.committedSince(mark);
    return deleted;
  }
  const empty = () => emptyDropped(store.catalog, turns.startPacer(0), stopping.signal);
  scope.use(every({ pauseMs: emptyPauseMs, run: empty, log }));
  scope.use(every({ pauseMs: ttlSweepMs, run: async () => void (await sweep()), log }));
  // Disposed before the jobs, which would else be waited for to their end.
  scope.defer(() => stopping.abort());
  const serve: Serve = (socket, connectionId) => serveConnection(socket, { connectionId, dispatch, log });
  const server = scope.use(await listen(port, serve));
  log.info(
    { port: server.port },
    'embedded MongoDB started: for trials and tests on one machine, not for production',
  );

  const running = scope.move();
  return {
    url: `mongodb://127.0.0.1:${server.port}`,
    port: server.port,
    sweepExpired: sweep,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
