import { Double, Long } from 'bson';
import { Aggregator, Query } from 'mingo';
import type { CollectionResolver } from 'mingo/types';
import { Refusal } from '../errors.ts';
import { type Doc, isDoc, setField } from '../values/doc.ts';
import type { LeafTest } from './predicates.ts';

type Options = { collectionResolver?: CollectionResolver; variables?: Doc };

/** Runs an aggregation pipeline over documents made by `toPlain`. Refuses what mingo refuses. */
export function runPipeline(pipeline: Doc[], docs: Iterable<Doc>, options: Options = {}): Doc[] {
  return refusing(() => new Aggregator(pipeline, { ...options, scriptEnabled: false }).run<Doc>(docs));
}

/** Tests documents against an aggregation expression, for `$expr`. */
export function expressionTest(expression: unknown, variables: Doc = {}): (doc: Doc) => boolean {
  const query = refusing(() => new Query({ $expr: expression }, { scriptEnabled: false, variables }));
  return (doc) => refusing(() => query.test(toPlain(doc)));
}

/** Tests a leaf with an operator that only mingo knows, such as `$bitsAllSet`. */
export function legacyOperatorTest(operator: string, operand: unknown): LeafTest {
  if (!operator.startsWith('$bits')) throw new Refusal('BadValue', `unknown operator: ${operator}`);
  const query = refusing(
    () => new Query({ leaf: { [operator]: plainValue(operand) } }, { scriptEnabled: false }),
  );
  return (leaf) => refusing(() => query.test({ leaf: plainValue(leaf) }));
}

/** Projects documents through mingo, for `$slice`, `$elemMatch` and computed fields. */
export function projectByMingo(projection: Doc): (doc: Doc) => Doc {
  const query = refusing(() => new Query({}, { scriptEnabled: false }));
  return (doc) => refusing(() => query.find<Doc>([toPlain(doc)], projection).all()[0] ?? {});
}

/**
 * Copies a document with every number as a JavaScript number, which is all that mingo calculates with.
 *
 * An int64 beyond 2^53 stays a bigint: it passes through, but does not take part in sums.
 */
export function toPlain(doc: Doc): Doc {
  const copy: Doc = {};
  for (const name of Object.keys(doc)) setField(copy, name, plainValue(doc[name]));
  return copy;
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (isDoc(value)) return toPlain(value);
  if (value instanceof Double) return value.value;
  return value instanceof Long ? plainValue(value.toBigInt()) : value;
}

/** mingo reports every refusal as an error of its own class, told from a bug by nothing but its text. */
function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('BadValue', error instanceof Error ? error.message : String(error));
  }
}
