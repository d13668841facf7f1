import { Refusal } from '../errors.ts';
import { equalValues } from '../values/compare.ts';
import { type Doc, fieldOf, isDoc } from '../values/doc.ts';
import { type Path, pathOf } from '../values/paths.ts';
import { addToSet, pop, pull, pullAll, push } from './array-changes.ts';
import { changeBits, incrementBy, lowerTo, multiplyBy, raiseTo, setTo, setToNow } from './field-changes.ts';
import { compilePipelineUpdate } from './pipeline-update.ts';
import { concretePaths, type Positions, parseArrayFilters } from './positional.ts';
import { type Change, type Owned, rewrite, takeAway } from './rewrite.ts';

/** A compiled update: gives the document after it, which is the same object where nothing changes. */
export type Update = (doc: Doc, context: { isInsert: boolean }) => Doc;

export type UpdateInput = Readonly<{
  update: unknown;
  filter: Doc;
  arrayFilters?: unknown;
  nowMs: () => number;
}>;

type Step = { path: Path; change: Change; isInsertOnly: boolean };

/**
 * Compiles a replacement, an update document or a pipeline.
 *
 * Throws `FailedToParse` for an unknown modifier, `ConflictingUpdateOperators` where two write the same place.
 */
export function compileUpdate(input: UpdateInput): Update {
  const { update } = input;
  if (Array.isArray(update)) return keepingId(compilePipelineUpdate(update));
  if (!isDoc(update))
    throw new Refusal('FailedToParse', 'Update argument must be either an object or an array');
  if (!isModifierDoc(update)) return keepingId((doc) => replaced(doc, update));
  return keepingId(compileModifiers(update, input));
}

/** Tells `{ $set: … }` from a document that replaces. */
export function isModifierDoc(update: Doc): boolean {
  return Object.keys(update)[0]?.startsWith('$') === true;
}

function replaced(doc: Doc, by: Doc): Doc {
  const id = by['_id'] ?? doc['_id'];
  const { _id, ...fields } = by;
  const result = id === undefined ? fields : { _id: id, ...fields };
  return equalValues(result, doc) ? doc : result;
}

function compileModifiers(update: Doc, { filter, arrayFilters, nowMs }: UpdateInput): Update {
  const steps = Object.entries(update).flatMap(([operator, fields]) => stepsOf(operator, fields, nowMs));
  refuseConflicts([...steps.map(({ path }) => path), ...renameTargets(update).map(([, target]) => target)]);
  const renames = renameTargets(update);
  const positions: Positions = { byName: parseArrayFilters(arrayFilters), filter };

  return (doc, { isInsert }) => {
    const owned: Owned = new Set();
    let result = doc;
    for (const { path, change, isInsertOnly } of steps) {
      if (isInsertOnly && !isInsert) continue;
      for (const concrete of concretePaths(result, path, positions))
        result = rewrite(result, concrete, change, owned);
    }
    for (const [source, target] of renames) result = renamed(result, source, target, owned);
    return result;
  };
}

function stepsOf(operator: string, fields: unknown, nowMs: () => number): Step[] {
  if (!operator.startsWith('$')) throw unknownModifier(operator);
  if (!isDoc(fields)) {
    throw new Refusal(
      'FailedToParse',
      `Modifiers operate on fields but we found another type for ${operator}`,
    );
  }
  if (operator === '$rename') return [];
  return Object.entries(fields).map(([field, operand]) => ({
    path: parsePath(field),
    change: changeOf(operator, operand, nowMs),
    isInsertOnly: operator === '$setOnInsert',
  }));
}

function changeOf(operator: string, operand: unknown, nowMs: () => number): Change {
  switch (operator) {
    case '$set':
    case '$setOnInsert':
      return setTo(operand);
    case '$unset':
      return takeAway;
    case '$inc':
      return incrementBy(operand);
    case '$mul':
      return multiplyBy(operand);
    case '$min':
      return lowerTo(operand);
    case '$max':
      return raiseTo(operand);
    case '$currentDate':
      return setToNow(operand, nowMs);
    case '$bit':
      return changeBits(operand);
    default:
      return arrayChangeOf(operator, operand);
  }
}

function arrayChangeOf(operator: string, operand: unknown): Change {
  switch (operator) {
    case '$push':
      return push(operand);
    case '$addToSet':
      return addToSet(operand);
    case '$pull':
      return pull(operand);
    case '$pullAll':
      return pullAll(operand);
    case '$pop':
      return pop(operand);
    default:
      throw unknownModifier(operator);
  }
}

function unknownModifier(name: string): Refusal {
  return new Refusal(
    'FailedToParse',
    `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
  );
}

function parsePath(field: string): Path {
  const path = pathOf(field);
  if (path.some((part) => part === '')) {
    throw new Refusal(
      'FailedToParse',
      `The update path '${field}' contains an empty field name, which is not allowed.`,
    );
  }
  return path;
}

function renameTargets(update: Doc): [source: Path, target: Path][] {
  const renames = update['$rename'];
  return Object.entries(isDoc(renames) ? renames : {}).map(([source, target]) => {
    if (typeof target !== 'string')
      throw new Refusal('BadValue', `The 'to' field for $rename must be a string: ${source}`);
    return [parsePath(source), parsePath(target)];
  });
}

function renamed(doc: Doc, source: Path, target: Path, owned: Owned): Doc {
  const value = source.reduce<unknown>((node, part) => (isDoc(node) ? fieldOf(node, part) : undefined), doc);
  if (value === undefined) return doc;
  return rewrite(rewrite(doc, source, takeAway, owned), target, () => value, owned);
}

/** No path may be written twice, nor a path and one that lies within it. */
function refuseConflicts(paths: Path[]): void {
  if (paths.length < 2) return;
  const written = new Set<string>();
  for (const name of paths.map((path) => path.join('.')).sort((a, b) => a.length - b.length)) {
    for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
      const head = name.slice(0, end);
      if (!written.has(head)) continue;
      throw new Refusal(
        'ConflictingUpdateOperators',
        `Updating the path '${name}' would create a conflict at '${head}'`,
      );
    }
    written.add(name);
  }
}

function keepingId(update: Update): Update {
  return (doc, context) => {
    const result = update(doc, context);
    if (doc['_id'] !== undefined && !equalValues(doc['_id'], result['_id'])) {
      throw new Refusal(
        'ImmutableField',
        "Performing an update on the path '_id' would modify the immutable field '_id'",
      );
    }
    return result;
  };
}
