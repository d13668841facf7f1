import { mkdir, stat } from 'node:fs/promises';
import { Database, type DatabaseOptions } from '../engine/database.ts';
import { checkLog } from '../engine/log-check.ts';
import { migrateHome } from '../migration/migrate.ts';
import { Catalog } from '../storage/catalog.ts';
import { lockHome } from './home-lock.ts';
import { dataPath, makePrivate, privateFile } from './private-files.ts';

/** What the server says to whoever runs it. Fields hold no data of documents. */
export type Log = {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
};

/** The catalog and what makes it last. */
export type Store = AsyncDisposable & { readonly catalog: Catalog; readonly database: Database };

export type StoreOptions = {
  home: string;
  log: Log;
  /** See `DatabaseOptions`. */
  pagesMax?: number | undefined;
};

/** A store that keeps nothing. */
export function openMemoryStore(log: Log): Store {
  return storeOf(new Database({ path: null, log }));
}

/**
 * Opens the store in `home`, which is made if need be, and locks it. What a version before SQLite left there is brought
 * into the database first.
 *
 * Throws where the folder is in use, and where its data is damaged.
 */
export async function openStore({ home, log, pagesMax }: StoreOptions): Promise<Store> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  await makePrivate(home);
  await using scope = new AsyncDisposableStack();
  scope.use(await lockHome(home));
  await migrateHome(home, log);
  const path = dataPath(home);
  await privateFile(path);
  await checkLog(`${path}-wal`, log);
  const isSmall = (await stat(path)).size <= checkedBytesMax;
  const store = scope.use(openSound(path, () => openChecked({ path, log, pagesMax }, isSmall)));
  const closing = scope.move();
  return { ...store, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

function storeOf(database: Database): Store {
  const catalog = new Catalog(database);
  database.flush();
  return {
    catalog,
    database,
    async [Symbol.asyncDispose]() {
      database[Symbol.dispose]();
    },
  };
}

/** Larger files are not read whole at the start; damage shows when the document is read. */
const checkedBytesMax = 64 * 1024 * 1024;

function openChecked(options: DatabaseOptions, isWhole: boolean): Store {
  const database = new Database(options);
  try {
    const store = storeOf(database);
    if (isWhole) checkWhole(store);
    return store;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Throws where the structure of the file is damaged, or a document. */
function checkWhole({ catalog, database }: Store): void {
  const problem = String(database.prepare('PRAGMA quick_check(1)').get());
  if (problem !== 'ok') throw new Error(problem.replaceAll('\n', ' '));
  for (const collection of catalog.all()) for (const _row of collection.rows());
}

function openSound(path: string, open: () => Store): Store {
  try {
    return open();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${path} is damaged: ${reason}. Nothing was changed. Put a copy of the folder in its place, or move the folder away to start without data.`,
      { cause },
    );
  }
}
