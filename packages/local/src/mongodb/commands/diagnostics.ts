import { Refusal } from '../errors.ts';
import { collectionName } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import type { Doc } from '../values/doc.ts';
import { serverVersion } from './handshake.ts';

/** What operators and tools ask. Figures the server does not keep are left out, not made up. */
export const diagnosticCommands: [string, Command][] = [
  [
    'serverStatus',
    { fields: ['repl', 'metrics', 'locks', 'network', 'opcounters', 'mirroredReads'], run: serverStatus },
  ],
  ['collStats', { fields: ['scale'], run: collStats }],
  ['dbStats', { fields: ['scale', 'freeStorage'], run: dbStats }],
  ['dbstats', { fields: ['scale', 'freeStorage'], run: dbStats }],
  ['connectionStatus', { fields: ['showPrivileges'], run: connectionStatus }],
  ['whatsmyuri', { fields: [], run: () => ({ you: '127.0.0.1', ok: 1 }) }],
  ['configureFailPoint', { fields: ['mode', 'data'], run: configureFailPoint }],
  ['getParameter', { fields: ['featureCompatibilityVersion'], run: getParameter }],
];

function serverStatus({ deps }: Call): Doc {
  return {
    host: 'localhost',
    version: serverVersion,
    process: 'posthorn-embedded',
    pid: process.pid,
    uptime: Math.round((deps.clock.nowMs() - deps.startedAtMs) / 1000),
    localTime: new Date(deps.clock.nowMs()),
    metrics: { cursor: { open: { total: deps.cursors.size } } },
    storageEngine: { name: 'posthorn', persistent: true },
    ok: 1,
  };
}

function collStats(call: Call): Doc {
  const name = collectionName(call);
  const collection = call.deps.store.catalog.find(call.db, name);
  return { ns: `${call.db}.${name}`, ...statsOf(collection ? [collection] : []), ok: 1 };
}

function dbStats({ db, deps }: Call): Doc {
  const collections = deps.store.catalog.collections(db);
  const { count, ...stats } = statsOf(collections);
  return { db, collections: collections.length, objects: count, ...stats, ok: 1 };
}

function statsOf(collections: Collection[]): Doc {
  const count = collections.reduce((sum, collection) => sum + collection.count, 0);
  const size = collections.reduce((sum, collection) => sum + collection.sizeBytes, 0);
  const indexes = collections.reduce((sum, collection) => sum + collection.indexes.length, 0);
  return {
    count,
    size,
    storageSize: size,
    nindexes: indexes,
    ...(count > 0 && { avgObjSize: Math.round(size / count) }),
  };
}

function connectionStatus(): Doc {
  return { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 };
}

/** MongoDB's own lever for tests of what its clients do, of which this server has the fail point `failCommand`. */
function configureFailPoint({ body, deps }: Call): Doc {
  if (!deps.failPoint) throw new Refusal('CommandNotFound', "no such command: 'configureFailPoint'");
  deps.failPoint.configure(body);
  return { ok: 1 };
}

function getParameter({ body }: Call): Doc {
  if (!('featureCompatibilityVersion' in body)) throw new Refusal('InvalidOptions', 'no option found to get');
  return { featureCompatibilityVersion: { version: '7.0' }, ok: 1 };
}
