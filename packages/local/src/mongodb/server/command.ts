import type { Clock } from '@posthorn/runtime';
import type { Store } from '../durability/store.ts';
import type { Doc } from '../values/doc.ts';
import type { CursorStore } from './cursors.ts';
import type { FailPoint } from './fail-point.ts';
import type { Pacer, Turns } from './pacer.ts';

/** What commands work with. */
export type Deps = Readonly<{
  store: Store;
  cursors: CursorStore;
  turns: Turns;
  clock: Pick<Clock, 'nowMs'>;
  startedAtMs: number;
  /** Undefined where the server has no commands for tests. */
  failPoint: FailPoint | undefined;
}>;

/** One call of a command. */
export type Call = Readonly<{
  db: string;
  /** The first field's name and value: `find`, and the collection's name. */
  name: string;
  body: Doc;
  /** The BSON of the documents that came as the command's `sequence`. */
  raw: ReadonlyMap<string, readonly Uint8Array[]>;
  deps: Deps;
  pacer: Pacer;
  connectionId: number;
}>;

/** A command this server has. */
export type Command = Readonly<{
  /** Fields it takes beside its own name and those every command takes; 'any' for what drivers extend at will. */
  fields: readonly string[] | 'any';
  /** Fields MongoDB knows and this server does not: refused with `InvalidOptions` rather than ignored. */
  unsupported?: readonly string[];
  /** True where it changes documents, so that its answer waits for the disk. */
  isWrite?: boolean;
  /** The field that may come as a document sequence and is then decoded piece by piece. */
  sequence?: string;
  /** Answers, with `ok`. Refuses by throwing a `Refusal`. */
  run(call: Call): Doc | Promise<Doc>;
}>;
