import type { Database } from './database.ts';
import { Table } from './table.ts';

/** Rows deleted in one step. */
const stepRows = 500;

/**
 * Tables that no collection has any more. SQLite visits every page of a table to drop it, so that large ones are
 * emptied in steps first. A table that is left over when the process ends is found at the next start.
 */
export class DroppedTables {
  readonly #database: Database;
  readonly #names: string[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  add(name: string): void {
    this.#names.push(name);
    this.#database.onRollback(() => this.#forget(name));
  }

  /** Drops a table, or some of its rows. */
  step(): void {
    const [name] = this.#names;
    if (name === undefined) return;
    const table = new Table(this.#database, name);
    const key = name.startsWith('documents_') ? 'seq' : 'key, seq';
    this.#database.write(() => {
      if (table.run(`DELETE FROM $ WHERE (${key}) IN (SELECT ${key} FROM $ LIMIT ${stepRows})`) === stepRows)
        return;
      table.run('DROP TABLE $');
      this.#forget(name);
      this.#database.onRollback(() => void this.#names.push(name));
    });
  }

  #forget(name: string): void {
    const at = this.#names.indexOf(name);
    if (at >= 0) this.#names.splice(at, 1);
  }
}
