import { Refusal } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { collectionName, docArgument, flagArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import { indexSpecToDoc } from '../storage/index-spec.ts';
import { compareValues } from '../values/compare.ts';
import type { Doc } from '../values/doc.ts';

const createUnsupported = [
  'capped',
  'size',
  'max',
  'autoIndexId',
  'storageEngine',
  'validator',
  'validationLevel',
  'validationAction',
  'indexOptionDefaults',
  'viewOn',
  'pipeline',
  'collation',
  'timeseries',
  'expireAfterSeconds',
  'clusteredIndex',
  'changeStreamPreAndPostImages',
  'encryptedFields',
];

/** Databases and collections as such. */
export const collectionCommands: [string, Command][] = [
  ['listDatabases', { fields: ['filter', 'nameOnly', 'authorizedDatabases'], run: listDatabases }],
  [
    'listCollections',
    { fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'], run: listCollections },
  ],
  ['create', { fields: ['flags', 'idIndex'], unsupported: createUnsupported, isWrite: true, run: create }],
  ['drop', { fields: [], isWrite: true, run: drop }],
  ['dropDatabase', { fields: [], isWrite: true, run: dropDatabase }],
];

function listDatabases({ body, deps }: Call): Doc {
  const matches = compileFilter(docArgument(body, 'filter') ?? {});
  const { catalog } = deps.store;
  const databases = catalog
    .databaseNames()
    .sort()
    .map((name) => ({ name, sizeOnDisk: sizeOf(catalog.collections(name)), empty: false }))
    .filter(matches);
  if (flagArgument(body, 'nameOnly')) return { databases: databases.map(({ name }) => ({ name })), ok: 1 };
  const totalSize = databases.reduce((sum, { sizeOnDisk }) => sum + sizeOnDisk, 0);
  return { databases, totalSize, totalSizeMb: Math.round(totalSize / 1024 / 1024), ok: 1 };
}

function sizeOf(collections: Collection[]): number {
  return collections.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function listCollections({ db, body, deps }: Call): Doc {
  const matches = compileFilter(docArgument(body, 'filter') ?? {});
  const all = deps.store.catalog.collections(db).map(describe).filter(matches);
  const firstBatch = flagArgument(body, 'nameOnly') ? all.map(({ name, type }) => ({ name, type })) : all;
  return { cursor: { id: 0n, ns: `${db}.$cmd.listCollections`, firstBatch }, ok: 1 };
}

function describe(collection: Collection) {
  const idIndex = collection.index('_id_');
  return {
    name: collection.name,
    type: 'collection',
    options: {},
    info: { readOnly: false },
    ...(idIndex && { idIndex: indexSpecToDoc(idIndex.spec) }),
  };
}

function create(call: Call): Doc {
  const name = collectionName(call);
  const { catalog } = call.deps.store;
  const idIndex = docArgument(call.body, 'idIndex');
  if (idIndex && compareValues(idIndex['key'], { _id: 1 }) !== 0) {
    throw new Refusal('BadValue', "The field 'key' for an _id index must be {_id: 1}");
  }
  // MongoDB, too, takes a second creation with the same options for granted.
  if (!catalog.find(call.db, name)) catalog.create(call.db, name);
  return { ok: 1 };
}

function drop(call: Call): Doc {
  const name = collectionName(call);
  const { catalog } = call.deps.store;
  const collection = catalog.find(call.db, name);
  if (!collection) return { ok: 1 };
  const nIndexesWas = collection.indexes.length;
  catalog.drop(collection);
  return { nIndexesWas, ns: collection.namespace, ok: 1 };
}

function dropDatabase({ db, deps }: Call): Doc {
  for (const collection of deps.store.catalog.collections(db)) deps.store.catalog.drop(collection);
  return { dropped: db, ok: 1 };
}
