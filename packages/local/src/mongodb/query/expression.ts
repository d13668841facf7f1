import { Query } from 'mingo';
import { Refusal } from '../errors.ts';
import type { Doc } from '../values/doc.ts';
import { plainValue, refusing, toPlain, withIdFirst } from './plain.ts';
import type { LeafTest } from './predicates.ts';

/** Tests documents against an aggregation expression, for `$expr`. */
export function expressionTest(expression: unknown): (doc: Doc) => boolean {
  const query = refusing(() => new Query({ $expr: plainValue(expression) }, { scriptEnabled: false }));
  return (doc) => refusing(() => query.test(toPlain(doc)));
}

/** Tests a leaf with `$bitsAllSet` and its like. Throws `BadValue` for any other operator: none is left. */
export function bitsTest(operator: string, operand: unknown): LeafTest {
  if (!operator.startsWith('$bits')) throw new Refusal('BadValue', `unknown operator: ${operator}`);
  const query = refusing(
    () => new Query({ leaf: { [operator]: plainValue(operand) } }, { scriptEnabled: false }),
  );
  return (leaf) => refusing(() => query.test({ leaf: plainValue(leaf) }));
}

/** Projects documents to fields that are computed by expressions. */
export function computedProjection(projection: Doc): (doc: Doc) => Doc {
  const query = refusing(() => new Query({}, { scriptEnabled: false }));
  const plain = toPlain(projection);
  return (doc) => withIdFirst(refusing(() => query.find<Doc>([toPlain(doc)], plain).all()[0] ?? {}));
}
