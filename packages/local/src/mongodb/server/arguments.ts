import { Refusal } from '../errors.ts';
import { nameOfType } from '../query/predicates.ts';
import { numericOf, rank, rankOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import type { Call } from './command.ts';

/** The collection a command names. Throws `InvalidNamespace` where it is not a name. */
export function collectionName({ body, name }: Pick<Call, 'body' | 'name'>): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal('InvalidNamespace', `collection name has invalid type ${nameOfType(value)}`);
}

/** An optional document. Throws `TypeMismatch` for anything else. */
export function docArgument(body: Doc, field: string): Doc | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (isDoc(value)) return value;
  throw wrongType(field, value, 'object');
}

/** A list of documents that must be there. Throws `MissingField` or `TypeMismatch`. */
export function docsArgument(body: Doc, field: string): Doc[] {
  const value = body[field];
  if (value === undefined)
    throw new Refusal('MissingField', `BSON field '${field}' is missing but a required field`);
  if (!Array.isArray(value)) throw wrongType(field, value, 'array');
  return value.map((element: unknown) => {
    if (isDoc(element)) return element;
    throw wrongType(field, element, 'object');
  });
}

/** An optional whole number from 0. Throws `TypeMismatch` or `BadValue`. */
export function countArgument(body: Doc, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (rankOf(value) !== rank.number) throw wrongType(field, value, 'long');
  const count = Math.trunc(Number(numericOf(value)));
  if (count < 0)
    throw new Refusal('BadValue', `BSON field '${field}' value must be >= 0, actual value '${count}'`);
  return count;
}

/** A flag, false where it is absent. */
export function flagArgument(body: Doc, field: string): boolean {
  const value = body[field];
  if (value === undefined || value === null) return false;
  return typeof value === 'boolean' ? value : Number(value) !== 0;
}

function wrongType(field: string, value: unknown, expected: string): Refusal {
  return new Refusal(
    'TypeMismatch',
    `BSON field '${field}' is the wrong type '${nameOfType(value)}', expected type '${expected}'`,
  );
}
