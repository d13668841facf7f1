import { Refusal } from '../errors.ts';
import { parseSort, type SortKey } from '../query/sort.ts';
import { compareValues, numericOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';

/** What an index is, as `createIndexes` gave it and `listIndexes` shows it. */
export type IndexSpec = Readonly<{
  name: string;
  key: Doc;
  keys: readonly SortKey[];
  isUnique: boolean;
  isSparse: boolean;
  partialFilter?: Doc;
  /** A document is deleted when its date is older than this. */
  expireAfterSeconds?: number;
}>;

const known: ReadonlySet<string> = new Set([
  'key',
  'name',
  'v',
  'ns',
  'background',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
]);
const notImplemented: ReadonlySet<string> = new Set([
  'collation',
  'hidden',
  'storageEngine',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'wildcardProjection',
  'prepareUnique',
  'clustered',
]);

/** Reads one entry of `createIndexes.indexes`. Refuses kinds and options this server does not have. */
export function parseIndexSpec(input: unknown): IndexSpec {
  if (!isDoc(input)) throw new Refusal('TypeMismatch', 'createIndexes.indexes must be objects');
  for (const option of Object.keys(input)) refuseOption(option, input);
  const { key, name, unique, sparse, partialFilterExpression, expireAfterSeconds } = input;
  if (!isDoc(key) || Object.keys(key).length === 0) {
    throw new Refusal('CannotCreateIndex', 'Index keys cannot be an empty object');
  }
  if (typeof name !== 'string' || name === '') {
    throw new Refusal('FailedToParse', "The 'name' field is a required property of an index specification");
  }
  return {
    name,
    key,
    keys: parseKeys(key),
    isUnique: unique === true,
    isSparse: sparse === true,
    ...(isDoc(partialFilterExpression) && { partialFilter: partialFilterExpression }),
    ...(expireAfterSeconds !== undefined && { expireAfterSeconds: parseSeconds(expireAfterSeconds, key) }),
  };
}

/** The index as `listIndexes` shows it and as the catalog keeps it. */
export function indexSpecToDoc(spec: IndexSpec): Doc {
  return {
    v: 2,
    key: spec.key,
    name: spec.name,
    ...(spec.isUnique && spec.name !== '_id_' && { unique: true }),
    ...(spec.isSparse && { sparse: true }),
    ...(spec.partialFilter && { partialFilterExpression: spec.partialFilter }),
    ...(spec.expireAfterSeconds !== undefined && { expireAfterSeconds: spec.expireAfterSeconds }),
  };
}

/** Tells two specifications that ask for the same index, so that creating it again is no error. */
export function isSameIndex(a: IndexSpec, b: IndexSpec): boolean {
  return compareValues(indexSpecToDoc(a), indexSpecToDoc(b)) === 0;
}

/**
 * Tells whether an index that `spec` asks for is among `indexes`. Throws `IndexKeySpecsConflict` or
 * `IndexOptionsConflict` where one has its name, or its keys, and is another.
 */
export function existingIndex(spec: IndexSpec, indexes: readonly { spec: IndexSpec }[]): boolean {
  const named = indexes.find((index) => index.spec.name === spec.name)?.spec;
  if (named && (isSameIndex(named, spec) || spec.name === '_id_')) return true;
  if (named) {
    throw new Refusal(
      'IndexKeySpecsConflict',
      `An existing index has the same name as the requested index: ${spec.name}`,
    );
  }
  for (const { spec: other } of indexes) {
    if (!isSameIndex({ ...other, name: spec.name }, spec)) continue;
    if (other.name === '_id_') return true;
    throw new Refusal('IndexOptionsConflict', `Index already exists with a different name: ${other.name}`);
  }
  return Object.keys(spec.key).length === 1 && '_id' in spec.key;
}

function refuseOption(option: string, input: Doc): void {
  if (option === 'hidden' && input[option] === false) return;
  if (option === 'collation' && isDoc(input[option]) && input[option]['locale'] === 'simple') return;
  if (notImplemented.has(option)) {
    throw new Refusal('InvalidOptions', `The index option '${option}' is not supported by this server`);
  }
  if (!known.has(option)) {
    throw new Refusal('InvalidOptions', `The field '${option}' is not valid for an index specification`);
  }
}

function parseKeys(key: Doc): SortKey[] {
  for (const [field, value] of Object.entries(key)) {
    if (typeof value === 'string') {
      throw new Refusal('CannotCreateIndex', `Unknown or unsupported index plugin '${value}'`);
    }
    if (field === '' || field.startsWith('$') || field.includes('$**')) {
      throw new Refusal('CannotCreateIndex', `Index key contains an illegal field name: '${field}'`);
    }
  }
  const signs = Object.entries(key).map(([field, value]) => [field, Number(numericOf(value)) < 0 ? -1 : 1]);
  return parseSort(Object.fromEntries(signs));
}

function parseSeconds(value: unknown, key: Doc): number {
  const seconds = Number(numericOf(value));
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 2_147_483_647) {
    throw new Refusal(
      'CannotCreateIndex',
      "TTL index 'expireAfterSeconds' option must be between 0 and 2147483647",
    );
  }
  if (Object.keys(key).length > 1) {
    throw new Refusal(
      'CannotCreateIndex',
      'TTL indexes are single-field indexes, compound indexes do not support TTL',
    );
  }
  return seconds;
}
