import { Refusal } from '../errors.ts';
import { collectionName, docArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import { select } from '../storage/select.ts';
import { compareValues } from '../values/compare.ts';
import type { Doc } from '../values/doc.ts';
import { type Identity, identityOf } from '../values/identity.ts';
import { leavesOf, pathOf } from '../values/paths.ts';

/** `distinct`: array elements count as values of their own. */
export const distinct: Command = {
  fields: ['key', 'query', 'hint'],
  unsupported: ['collation'],
  run: answerDistinct,
};

async function answerDistinct(call: Call): Promise<Doc> {
  const { db, body, deps, pacer } = call;
  const { key, hint } = body;
  if (typeof key !== 'string' || key === '')
    throw new Refusal('TypeMismatch', "BSON field 'distinct.key' must be a string");
  const collection = deps.store.catalog.find(db, collectionName(call));
  if (!collection) return { values: [], ok: 1 };

  const values = new Map<Identity, unknown>();
  for (const row of select(collection, { filter: docArgument(body, 'query') ?? {}, sort: [], hint }).rows) {
    if (!row) {
      if (pacer.isDue()) await pacer.pause();
      continue;
    }
    for (const value of leavesOf(row.doc, pathOf(key)).flat()) {
      if (value !== undefined) values.set(identityOf(value), value);
    }
  }
  return { values: [...values.values()].sort(compareValues), ok: 1 };
}
