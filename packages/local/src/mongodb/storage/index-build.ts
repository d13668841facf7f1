import type { Database } from '../engine/database.ts';
import type { Row } from '../engine/document-table.ts';
import { Refusal } from '../errors.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { StoredIndex } from './stored-index.ts';

/** Documents that one step adds to an index. */
const stepRows = 100;

/** An index being built while others read and write. */
export type IndexBuild = {
  /** Adds some documents; true when the index is complete. Throws `DuplicateKey` where the documents forbid it. */
  step(): boolean;
};

type BuildDeps = {
  database: Database;
  stored: StoredIndex;
  namespace: string;
  /** The documents behind a number, in natural order. */
  rows: (last: number, limit: number) => Row[];
  isWanted: () => boolean;
  finish: () => void;
  abandon: () => void;
};

/**
 * Walks the documents in natural order. What is written meanwhile tells the index itself, and so does what the walk has
 * still to come to, which it then adds a second time without effect.
 */
export function createIndexBuild(deps: BuildDeps): IndexBuild {
  const { database, stored, isWanted } = deps;
  let last = 0;
  let isLost = false;
  // The table was made in the current transaction.
  database.onRollback(() => {
    isLost = true;
    deps.abandon();
  });

  function step(): boolean {
    if (!isWanted()) throw new Refusal('QueryPlanKilled', `collection dropped: ${deps.namespace}`);
    if (isLost) throw new Refusal('OutOfDiskSpace', 'The index cannot be written');
    return database.write(() => {
      const before = last;
      const rows = deps.rows(last, stepRows);
      for (const row of rows) add(row);
      last = rows.at(-1)?.seq ?? last;
      database.onRollback(() => {
        last = before;
      });
      if (rows.length === stepRows) return false;
      deps.finish();
      return true;
    });
  }

  function add({ seq, doc }: Row): void {
    const change = stored.changeOf(undefined, doc);
    const values = change.conflict(seq);
    if (values) {
      deps.abandon();
      stored.drop();
      throw duplicateKey(deps.namespace, stored.index.spec, values);
    }
    change.apply(seq);
  }

  return { step };
}
