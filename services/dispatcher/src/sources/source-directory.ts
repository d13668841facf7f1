import { isFault, type Logger } from '@posthorn/runtime';
import type { Pool, SendingIp } from '@posthorn/store';
import type { PooledSource } from './source.ts';
import type { SourceList, SourceSnapshot } from './source-snapshot.ts';

/** What a store knows of pools and addresses. */
export type SourceStore = Readonly<{
  ips: { list(): Promise<readonly SendingIp[]> };
  pools: { list(): Promise<readonly Pool[]> };
}>;

/** The pools and their addresses as of a few seconds ago, or as they were when MongoDB was last seen. */
export type SourceDirectory = AsyncDisposable & {
  /** Undefined while nothing is known: MongoDB was never seen, by no dispatcher. */
  list(): SourceList | undefined;
  /** Called after each change of what is known; it must not throw. */
  onChange(listener: () => void): void;
};

export type SourceDirectoryOptions = Readonly<{
  store: SourceStore;
  snapshot: SourceSnapshot;
  log: Logger;
  everyMs?: number;
  /** How long the opening waits to learn something where there is no snapshot either. */
  patienceMs?: number;
}>;

/** Between two looks while nothing is known. */
const eagerMs = 200;

/** Opens the directory: resolves when something is known, or after `patienceMs`. Disposing it ends the looking. */
export async function openSourceDirectory(options: SourceDirectoryOptions): Promise<SourceDirectory> {
  const { snapshot, log, everyMs = 3_000, patienceMs = 3_000 } = options;
  const listeners: (() => void)[] = [];
  const known = Promise.withResolvers<void>();
  let list = await snapshot.read();
  let text = JSON.stringify(list);
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function look(): Promise<void> {
    const next = await readStore(options.store, log);
    if (isClosed) return;
    if (next) take(next);
    timer = setTimeout(look, list ? everyMs : eagerMs);
  }

  function take(next: SourceList): void {
    const nextText = JSON.stringify(next);
    void snapshot.write(next);
    known.resolve();
    if (nextText === text) return;
    [list, text] = [next, nextText];
    for (const listener of listeners) listener();
  }

  void look();
  if (!list) await Promise.race([known.promise, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  return {
    list: () => list,
    onChange: (listener) => listeners.push(listener),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Undefined while MongoDB is away, which the store says once itself. */
async function readStore(store: SourceStore, log: Logger): Promise<SourceList | undefined> {
  try {
    const [ips, pools] = await Promise.all([store.ips.list(), store.pools.list()]);
    return { pools: pools.map(({ name }) => name), sources: ips.map(sourceOf) };
  } catch (err) {
    if (!isFault(err, 'unavailable')) log.error({ err }, 'pools and addresses cannot be read');
    return undefined;
  }
}

function sourceOf({ address, ehloName, pool, state, warmup, socks5 }: SendingIp): PooledSource {
  return { address, ehloName, pool, state, warmup, ...(socks5 && { socks5 }) };
}
