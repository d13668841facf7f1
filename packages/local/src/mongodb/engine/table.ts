import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Database } from './database.ts';

/** Values of one row, as columns. */
export type Columns = readonly unknown[];

/** A table with its prepared statements, each prepared when it is first used. */
export class Table {
  readonly name: string;
  readonly #database: Database;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: Database, name: string) {
    this.#database = database;
    this.name = name;
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  row(sql: string, ...values: SQLInputValue[]): Columns | undefined {
    return asColumns(this.#statement(sql).get(...values));
  }

  rows(sql: string, ...values: SQLInputValue[]): Columns[] {
    return this.#statement(sql)
      .all(...values)
      .map((row) => asColumns(row) ?? []);
  }

  /** Statements are kept by their text, in which `$` stands for the table's name. */
  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql.replaceAll('$', this.name));
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A statement that returns arrays is typed as if it returned objects. */
function asColumns(row: unknown): Columns | undefined {
  return Array.isArray(row) ? row : undefined;
}

export function asNumber(column: unknown): number {
  if (typeof column === 'number') return column;
  throw new Error('the database holds a number that is none');
}

/** Bytes as a Buffer, without a copy. */
export function asBytes(column: unknown): Buffer {
  if (column instanceof Uint8Array) return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
  throw new Error('the database holds bytes that are none');
}
