import { commands } from '../commands/index.ts';
import type { Log } from '../durability/store.ts';
import { Refusal } from '../errors.ts';
import { numericOf } from '../values/compare.ts';
import { decode } from '../values/decode.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { countArgument } from './arguments.ts';
import type { Command, Deps } from './command.ts';
import type { Request } from './wire.ts';

/** Fields that every command takes. */
const genericFields: ReadonlySet<string> = new Set([
  '$db',
  '$clusterTime',
  '$readPreference',
  'lsid',
  'maxTimeMS',
  'comment',
  'readConcern',
  'writeConcern',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
]);
const transactionFields = ['txnNumber', 'startTransaction', 'autocommit'] as const;

/** Runs one request and gives the answer's document; refusals and bugs become `{ ok: 0 }`. */
export function createDispatch(
  deps: Deps,
  log: Log,
): (request: Request, connectionId: number) => Promise<Doc> {
  return async function dispatch(request, connectionId) {
    try {
      return await run(request, deps, connectionId);
    } catch (error) {
      if (!(error instanceof Refusal))
        log.error({ stack: error instanceof Error ? error.stack : String(error) }, 'command failed');
      return refusalDoc(error);
    }
  };
}

/** A refusal as the client sees it. */
export function refusalDoc(error: unknown): Doc {
  if (error instanceof Refusal) {
    return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.extra };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { ok: 0, errmsg: `internal error: ${reason}`, code: 1, codeName: 'InternalError' };
}

async function run({ body, raw }: Request, deps: Deps, connectionId: number): Promise<Doc> {
  const [name = ''] = Object.keys(body);
  const command = commands.get(name);
  if (!command) throw new Refusal('CommandNotFound', `no such command: '${name}'`);
  for (const [field, documents] of raw) {
    if (field !== command.sequence) body[field] = documents.map((bytes) => decode(bytes));
  }
  refuseFields(name, command, body);
  const db = body['$db'];
  if (typeof db !== 'string') throw new Refusal('MissingField', 'OP_MSG requests require a $db argument');

  deps.failPoint?.refuse(name);
  const pacer = deps.turns.startPacer(countArgument(body, 'maxTimeMS') ?? 0);
  const call = { name, db, body, raw, deps, connectionId, pacer };
  if (!command.isWrite) return command.run(call);
  refuseWriteConcern(body['writeConcern']);
  const { database } = deps.store;
  const { mark } = database;
  const answer = await command.run(call);
  await database.committedSince(mark);
  return answer;
}

function refuseFields(name: string, command: Command, body: Doc): void {
  for (const field of transactionFields) {
    if (field in body) {
      throw new Refusal(
        'IllegalOperation',
        'Transaction numbers are only allowed on a replica set member or mongos',
      );
    }
  }
  if (command.fields === 'any') return;
  for (const field of Object.keys(body)) {
    if (field === name || genericFields.has(field) || command.fields.includes(field)) continue;
    if (!command.unsupported?.includes(field)) {
      throw new Refusal('UnknownField', `BSON field '${name}.${field}' is an unknown field.`);
    }
    if (!isNeutral(field, body[field])) {
      throw new Refusal('InvalidOptions', `'${name}.${field}' is not supported by this server`);
    }
  }
  refuseReadConcern(body['readConcern']);
}

/** An option that asks for nothing beyond the default is no reason to refuse. */
function isNeutral(field: string, value: unknown): boolean {
  if (field === 'collation') return isDoc(value) && value['locale'] === 'simple';
  return (
    value === undefined ||
    value === null ||
    value === false ||
    (isDoc(value) && Object.keys(value).length === 0)
  );
}

function refuseReadConcern(concern: unknown): void {
  if (!isDoc(concern) || concern['level'] === undefined) return;
  const { level } = concern;
  if (level === 'local' || level === 'available' || level === 'majority') return;
  throw new Refusal(
    'InvalidOptions',
    `read concern level '${String(level)}' is not supported by a standalone server`,
  );
}

/** Every acknowledged write is on the disk, whatever a write concern asks for below that. */
function refuseWriteConcern(concern: unknown): void {
  if (!isDoc(concern)) return;
  const { w = 1, j } = concern;
  if (w === 'majority' || j === true) return;
  if (typeof w === 'string') throw new Refusal('BadValue', `unknown write concern mode '${w}'`);
  if (Number(numericOf(w)) > 1)
    throw new Refusal('BadValue', "cannot use 'w' > 1 when a host is not replicated");
}
