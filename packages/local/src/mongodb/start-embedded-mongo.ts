import { createServer, type Server, type Socket } from 'node:net';
import { type Log, openMemoryStore, openStore, type Store } from './durability/store.ts';
import { serveConnection } from './server/connection.ts';
import { type Clock, CursorStore } from './server/cursors.ts';
import { createDispatch } from './server/dispatch.ts';
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
  clock?: Clock;
  /** Size a journal reaches before a snapshot takes its place, unless the documents are larger still. 64 MiB. */
  journalBytes?: number;
  /** Pause between two sweeps of the TTL indexes. 60 seconds, as in MongoDB. */
  ttlSweepMs?: number;
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

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const systemClock: Clock = { nowMs: () => Date.now() };

/**
 * Starts a MongoDB-compatible server on this machine, for one machine's trials and tests.
 *
 * Throws where the port or the folder is in use, or where the folder's files are damaged elsewhere than at the end.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const {
    port,
    home,
    log = silent,
    clock = systemClock,
    ttlSweepMs = 60_000,
    journalBytes = 64 * 1024 * 1024,
  } = options;
  await using scope = new AsyncDisposableStack();
  const store: Store = scope.use(
    home === null ? openMemoryStore() : await openStore({ home, log, journalBytes }),
  );
  const cursors = new CursorStore(clock);
  const turns = createTurns();
  const dispatch = createDispatch({ store, cursors, turns, clock, startedAtMs: clock.nowMs() }, log);

  const sweep = () => sweepExpired({ catalog: store.catalog, clock, turns });
  scope.use(
    every(
      ttlSweepMs,
      async () => {
        cursors.sweep();
        await sweep();
        await store.written();
      },
      log,
    ),
  );
  const server = scope.use(
    await listen(port, (socket, connectionId) => serveConnection(socket, { connectionId, dispatch, log })),
  );
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

type Serve = (socket: Socket, connectionId: number) => Promise<void>;

async function listen(port: number, serve: Serve): Promise<AsyncDisposable & { port: number }> {
  const connections = new Map<Socket, Promise<void>>();
  let lastId = 0;
  const server = createServer((socket) => {
    const served = serve(socket, ++lastId).finally(() => connections.delete(socket));
    connections.set(socket, served);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections.keys()) socket.destroy();
      await Promise.all([...connections.values(), closed]);
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Runs a job again and again, never twice at once; disposing waits for the one that runs. */
function every(pauseMs: number, job: () => Promise<void>, log: Log): AsyncDisposable {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= job()
      .catch((error: unknown) => log.error({ reason: String(error) }, 'sweep failed'))
      .finally(() => {
        running = undefined;
      });
  }, pauseMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
