import { type Clock, silentLogger, systemClock } from '@posthorn/runtime';
import { journalBytesDefault } from './config.ts';
import { type Log, openMemoryStore, openStore } from './durability/store.ts';
import { serveConnection } from './server/connection.ts';
import { CursorStore } from './server/cursors.ts';
import { createDispatch } from './server/dispatch.ts';
import { every } from './server/every.ts';
import { createFailPoint } from './server/fail-point.ts';
import { listen, type Serve } from './server/listen.ts';
import { createTurns } from './server/pacer.ts';
import { sweepExpired } from './ttl.ts';

/** How the server runs. */
export type EmbeddedMongoOptions = {
  /** TCP port on 127.0.0.1; 0 takes any that is free. */
  port: number;
  /** Folder the data is kept in, made if need be; null keeps everything in memory only. */
  home: string | null;
  log?: Log;
  /** Time for TTL indexes, cursors and `$currentDate`. */
  clock?: Pick<Clock, 'nowMs'>;
  /** Size a journal reaches before a snapshot takes its place, unless the documents are larger still. 64 MiB. */
  journalBytes?: number;
  /** Pause between two sweeps of the TTL indexes. 60 seconds, as in MongoDB. */
  ttlSweepMs?: number;
  /** Has `configureFailPoint`. */
  hasTestCommands?: boolean;
};

/** A running server. Disposing it writes a snapshot and closes all connections. */
export type EmbeddedMongo = AsyncDisposable & {
  /** What a driver connects to, without a database. */
  readonly url: string;
  readonly port: number;
  /** Deletes expired documents now; resolves to their number. */
  sweepExpired(): Promise<number>;
  /** Writes a snapshot now and drops the journal before it. */
  compact(): Promise<void>;
};

/**
 * Starts a MongoDB-compatible server on this machine, for one machine's trials and tests.
 *
 * Throws where the port or the folder is in use, or where the folder's files are damaged elsewhere than at the end.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { port, home, log = silentLogger, clock = systemClock } = options;
  const { ttlSweepMs = 60_000, journalBytes = journalBytesDefault } = options;
  const failPoint = options.hasTestCommands ? createFailPoint() : undefined;
  await using scope = new AsyncDisposableStack();
  const store = scope.use(home === null ? openMemoryStore() : await openStore({ home, log, journalBytes }));
  const cursors = new CursorStore(clock);
  const turns = createTurns();
  const dispatch = createDispatch(
    { store, cursors, turns, clock, startedAtMs: clock.nowMs(), failPoint },
    log,
  );

  async function sweep(): Promise<number> {
    cursors.sweep();
    const deleted = await sweepExpired({ catalog: store.catalog, clock, turns });
    await store.written();
    return deleted;
  }
  scope.use(every({ pauseMs: ttlSweepMs, run: async () => void (await sweep()), log }));
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
    compact: () => store.compact(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
