import type { Command } from '../server/command.ts';
import { aggregate } from './aggregate.ts';
import { collectionCommands } from './collections.ts';
import { count } from './count.ts';
import { cursorCommands } from './cursors.ts';
import { deleteCommand } from './delete.ts';
import { diagnosticCommands } from './diagnostics.ts';
import { distinct } from './distinct.ts';
import { explain } from './explain.ts';
import { find } from './find.ts';
import { findAndModify } from './find-and-modify.ts';
import { handshakeCommands } from './handshake.ts';
import { indexCommands } from './indexes.ts';
import { insert } from './insert.ts';
import { update } from './update.ts';

/** Every command this server has, by name; a name that is not here is answered with CommandNotFound. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...handshakeCommands,
  ...diagnosticCommands,
  ...collectionCommands,
  ...indexCommands,
  ...cursorCommands,
  ['find', find],
  ['aggregate', aggregate],
  ['count', count],
  ['distinct', distinct],
  ['explain', explain],
  ['insert', insert],
  ['update', update],
  ['delete', deleteCommand],
  ['findAndModify', findAndModify],
  ['findandmodify', findAndModify],
]);
