import {
  Binary,
  BSONRegExp,
  ByteUtils,
  Code,
  DBRef,
  Decimal128,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  onDemand,
  Timestamp,
} from 'bson';
import { Refusal } from '../errors.ts';
import { type Doc, setField } from './doc.ts';

const { NumberUtils } = onDemand;

/** Deepest nesting accepted, as MongoDB's own limit for stored documents. */
const depthMax = 180;

/**
 * Reads one BSON document, keeping what `bson.deserialize` loses: the type of each number.
 *
 * Nothing of the result refers to `bytes`, so a large message is not kept alive by a small field of it.
 * Throws `InvalidBSON` for malformed input and `Overflow` for nesting beyond 180.
 */
export function decode(bytes: Uint8Array, offset = 0): Doc {
  try {
    return readDoc(bytes, offset, 0);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('InvalidBSON', error instanceof Error ? error.message : 'malformed BSON');
  }
}

function readDoc(bytes: Uint8Array, offset: number, depth: number): Doc {
  if (depth > depthMax) throw new Refusal('Overflow', `Exceeded depth limit of ${depthMax}`);
  const doc: Doc = {};
  for (const [type, nameOffset, nameLength, at, length] of onDemand.parseToElements(bytes, offset)) {
    const name = ByteUtils.toUTF8(bytes, nameOffset, nameOffset + nameLength, false);
    setField(doc, name, readValue(bytes, type, at, length, depth));
  }
  return doc;
}

function readArray(bytes: Uint8Array, offset: number, depth: number): unknown[] {
  if (depth > depthMax) throw new Refusal('Overflow', `Exceeded depth limit of ${depthMax}`);
  const array: unknown[] = [];
  for (const [type, , , at, length] of onDemand.parseToElements(bytes, offset)) {
    array.push(readValue(bytes, type, at, length, depth));
  }
  return array;
}

function readValue(bytes: Uint8Array, type: number, at: number, length: number, depth: number): unknown {
  switch (type) {
    case 1:
      return readDouble(bytes, at);
    case 2:
      return ByteUtils.toUTF8(bytes, at + 4, at + length - 1, false);
    case 3:
      return asReference(readDoc(bytes, at, depth + 1));
    case 4:
      return readArray(bytes, at, depth + 1);
    case 5:
      return readBinary(bytes, at, length);
    case 7:
      return new ObjectId(Uint8Array.prototype.slice.call(bytes, at, at + 12));
    case 8:
      return bytes[at] === 1;
    case 9:
      return new Date(Number(NumberUtils.getBigInt64LE(bytes, at)));
    case 6:
    case 10:
      return null;
    case 16:
      return NumberUtils.getInt32LE(bytes, at);
    case 18:
      return NumberUtils.getBigInt64LE(bytes, at);
    default:
      return readRareValue(bytes, type, at, length);
  }
}

function readRareValue(bytes: Uint8Array, type: number, at: number, length: number): unknown {
  switch (type) {
    case 11:
      return readRegExp(bytes, at, length);
    case 13:
      return new Code(ByteUtils.toUTF8(bytes, at + 4, at + length - 1, false));
    case 14:
      return ByteUtils.toUTF8(bytes, at + 4, at + length - 1, false);
    case 17:
      return new Timestamp(NumberUtils.getBigInt64LE(bytes, at));
    case 19:
      return new Decimal128(Uint8Array.prototype.slice.call(bytes, at, at + 16));
    case 127:
      return new MaxKey();
    case 255:
      return new MinKey();
    default:
      throw new Refusal('InvalidBSON', `BSON type ${type} is not supported by this server`);
  }
}

function readDouble(bytes: Uint8Array, at: number): unknown {
  const value = NumberUtils.getFloat64LE(bytes, at);
  return (value | 0) === value && !Object.is(value, -0) ? new Double(value) : value;
}

function readBinary(bytes: Uint8Array, at: number, length: number): Binary {
  const subType = bytes[at + 4] ?? 0;
  // Subtype 2 repeats the length inside (bsonspec.org, binary subtypes).
  const start = subType === 2 ? at + 9 : at + 5;
  return new Binary(Buffer.from(bytes.subarray(start, at + length)), subType);
}

function readRegExp(bytes: Uint8Array, at: number, length: number): RegExp | BSONRegExp {
  const patternEnd = bytes.indexOf(0, at);
  const pattern = ByteUtils.toUTF8(bytes, at, patternEnd, false);
  const options = ByteUtils.toUTF8(bytes, patternEnd + 1, at + length - 1, false);
  return /^[ims]*$/.test(options) ? compileRegExp(pattern, options) : new BSONRegExp(pattern, options);
}

function compileRegExp(pattern: string, options: string): RegExp | BSONRegExp {
  try {
    return new RegExp(pattern, options);
  } catch {
    return new BSONRegExp(pattern, options);
  }
}

function asReference(doc: Doc): Doc | DBRef {
  const { $ref, $id, $db, ...fields } = doc;
  if (typeof $ref !== 'string' || !($id instanceof ObjectId)) return doc;
  return new DBRef($ref, $id, typeof $db === 'string' ? $db : undefined, fields);
}
