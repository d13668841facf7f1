import { Refusal } from '../errors.ts';
import { countArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Doc } from '../values/doc.ts';

/** What is done with open cursors. */
export const cursorCommands: [string, Command][] = [
  [
    'getMore',
    { fields: ['collection', 'batchSize'], unsupported: ['term', 'lastKnownCommittedOpTime'], run: getMore },
  ],
  ['killCursors', { fields: ['cursors'], run: killCursors }],
];

function getMore({ db, body, deps, pacer }: Call): Promise<Doc> {
  const { getMore: id, collection } = body;
  if (typeof id !== 'bigint')
    throw new Refusal('TypeMismatch', "BSON field 'getMore.getMore' must be of type long");
  const batchSize = countArgument(body, 'batchSize') || Number.POSITIVE_INFINITY;
  return deps.cursors.more(id, { namespace: `${db}.${String(collection)}`, batchSize }, pacer);
}

function killCursors({ body, deps }: Call): Doc {
  const { cursors } = body;
  if (!Array.isArray(cursors))
    throw new Refusal('TypeMismatch', "BSON field 'killCursors.cursors' must be an array");
  const killed = cursors.filter((id: unknown) => typeof id === 'bigint' && deps.cursors.kill(id));
  const notFound = cursors.filter((id: unknown) => !killed.includes(id));
  return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
}
