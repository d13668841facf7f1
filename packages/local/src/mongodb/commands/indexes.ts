import { Refusal } from '../errors.ts';
import { collectionName, docsArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Pacer } from '../server/pacer.ts';
import type { Collection } from '../storage/collection.ts';
import { type IndexSpec, indexSpecToDoc, parseIndexSpec } from '../storage/index-spec.ts';
import type { SecondaryIndex } from '../storage/secondary-index.ts';
import { compareValues } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';

/** What is done with indexes. */
export const indexCommands: [string, Command][] = [
  [
    'createIndexes',
    { fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'], isWrite: true, run: createIndexes },
  ],
  ['listIndexes', { fields: ['cursor'], run: listIndexes }],
  ['dropIndexes', { fields: ['index'], isWrite: true, run: dropIndexes }],
];

/** Whoever asks for indexes of one collection is served one after the other: most ask for the same ones. */
async function createIndexes(call: Call): Promise<Doc> {
  const name = collectionName(call);
  const specs = docsArgument(call.body, 'indexes').map(parseIndexSpec);
  if (specs.length === 0) throw new Refusal('BadValue', 'Must specify at least one index to create');
  const { catalog } = call.deps.store;
  const createdCollectionAutomatically = !catalog.find(call.db, name);
  const collection = catalog.ensure(call.db, name);
  const { before, after } = await collection.inTurn(() => buildAll(collection, specs, call.pacer));
  const note = after > before ? {} : { note: 'all indexes already exist' };
  return { numIndexesBefore: before, numIndexesAfter: after, createdCollectionAutomatically, ...note, ok: 1 };
}

async function buildAll(
  collection: Collection,
  specs: readonly IndexSpec[],
  pacer: Pacer,
): Promise<{ before: number; after: number }> {
  const before = collection.indexes.length;
  for (const spec of specs) {
    const build = collection.startIndex(spec);
    while (build && !build.step()) if (pacer.isDue()) await pacer.pause();
  }
  return { before, after: collection.indexes.length };
}

function listIndexes(call: Call): Doc {
  const collection = existing(call);
  const firstBatch = collection.indexes.map(({ spec }) => indexSpecToDoc(spec));
  return { cursor: { id: 0n, ns: collection.namespace, firstBatch }, ok: 1 };
}

function dropIndexes(call: Call): Doc {
  const collection = existing(call);
  const nIndexesWas = collection.indexes.length;
  for (const name of namesMeant(collection, call.body['index'])) collection.dropIndex(name);
  return { nIndexesWas, ok: 1 };
}

function namesMeant(collection: Collection, index: unknown): string[] {
  const all = collection.indexes;
  if (index === '*') return all.map(({ spec }) => spec.name).filter((name) => name !== '_id_');
  const wanted = Array.isArray(index) ? index : [index];
  return wanted.map((one: unknown) => {
    const found = all.find((candidate) => isMeant(candidate, one));
    if (!found) throw new Refusal('IndexNotFound', `index not found with name [${String(one)}]`);
    if (found.spec.name === '_id_') throw new Refusal('InvalidOptions', 'cannot drop _id index');
    return found.spec.name;
  });
}

function isMeant({ spec }: SecondaryIndex, wanted: unknown): boolean {
  return isDoc(wanted) ? compareValues(spec.key, wanted) === 0 : spec.name === wanted;
}

function existing(call: Call): Collection {
  const name = collectionName(call);
  const collection = call.deps.store.catalog.find(call.db, name);
  if (collection) return collection;
  throw new Refusal('NamespaceNotFound', `ns does not exist: ${call.db}.${name}`);
}
