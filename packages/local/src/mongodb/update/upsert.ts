import { ObjectId } from 'bson';
import { isOperatorDoc } from '../query/filter.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { pathOf } from '../values/paths.ts';
import { rewrite } from './rewrite.ts';
import { isModifierDoc, type Update } from './update.ts';

/** The document that an upsert inserts: the equalities of the filter, then the update; an `_id` is made if none came. */
export function upsertedDoc(filter: Doc, input: unknown, update: Update): Doc {
  const isReplacement = isDoc(input) && !isModifierDoc(input);
  const base = isReplacement ? idOnly(filter) : equalitiesOf(filter);
  const { _id = new ObjectId(), ...fields } = update(base, { isInsert: true });
  return { _id, ...fields };
}

function idOnly(filter: Doc): Doc {
  const { _id } = equalitiesOf(filter);
  return _id === undefined ? {} : { _id };
}

function equalitiesOf(filter: Doc): Doc {
  let doc: Doc = {};
  const owned = new Set<object>();
  for (const [name, value] of equalities(filter)) doc = rewrite(doc, pathOf(name), () => value, owned);
  return doc;
}

function equalities(filter: Doc): [string, unknown][] {
  return Object.entries(filter).flatMap(([name, condition]): [string, unknown][] => {
    if (name === '$and' && Array.isArray(condition)) return condition.filter(isDoc).flatMap(equalities);
    if (name.startsWith('$') || condition instanceof RegExp) return [];
    if (!isOperatorDoc(condition)) return [[name, condition]];
    return '$eq' in condition ? [[name, condition['$eq']]] : [];
  });
}
