import type { Call, Command } from '../server/command.ts';
import { messageBytesMax } from '../server/wire.ts';
import { documentBytesMax } from '../storage/document-size.ts';
import type { Doc } from '../values/doc.ts';

/** Version this server says it is: the newest whose commands the driver may use unasked are all here. */
export const serverVersion = '7.0.0';
/** The wire version of that release. */
const wireVersion = 21;

const hello: Command = { fields: 'any', run: greet };
const done: Command = { fields: [], run: () => ({ ok: 1 }) };

/** What drivers say when they come, stay and go. */
export const handshakeCommands: [string, Command][] = [
  ['hello', hello],
  ['isMaster', hello],
  ['ismaster', hello],
  ['ping', done],
  ['endSessions', done],
  ['refreshSessions', done],
  ['buildInfo', { fields: [], run: buildInfo }],
  ['buildinfo', { fields: [], run: buildInfo }],
];

/**
 * Answers as a standalone server: no set name, so that drivers send neither transactions nor retryable writes; no
 * topology version, so that they poll instead of holding a hello open.
 */
function greet({ connectionId, deps }: Call): Doc {
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: documentBytesMax,
    maxMessageSizeBytes: messageBytesMax,
    maxWriteBatchSize: 100_000,
    localTime: new Date(deps.clock.nowMs()),
    logicalSessionTimeoutMinutes: 30,
    connectionId,
    minWireVersion: 0,
    maxWireVersion: wireVersion,
    readOnly: false,
    ok: 1,
  };
}

function buildInfo(): Doc {
  return {
    version: serverVersion,
    versionArray: [...serverVersion.split('.').map(Number), 0],
    gitVersion: 'posthorn-embedded',
    modules: ['posthorn-embedded'],
    bits: 64,
    debug: false,
    maxBsonObjectSize: documentBytesMax,
    storageEngines: ['posthorn'],
    ok: 1,
  };
}
