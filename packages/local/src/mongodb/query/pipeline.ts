import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import { type Iterator, Lazy } from 'mingo/lazy';
import * as accumulator from 'mingo/operators/accumulator';
import * as expression from 'mingo/operators/expression';
import * as pipeline from 'mingo/operators/pipeline';
import * as projection from 'mingo/operators/projection';
import * as query from 'mingo/operators/query';
import * as window from 'mingo/operators/window';
import type { CollectionResolver, Options } from 'mingo/types';
import { Refusal } from '../errors.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { compileFilter } from './filter.ts';
import { refusing, withIdFirst } from './plain.ts';
import { compareSortValues, parseSort, sortValuesOf } from './sort.ts';

/** Names of the stages there are. */
export const stageNames: ReadonlySet<string> = new Set(Object.keys(pipeline));

/** mingo's operators, with our own where MongoDB's order, its filters or its answer to "nothing" differ. */
const context = Context.init({
  accumulator,
  expression,
  pipeline: { ...pipeline, $match, $sort, $bucket, $count },
  projection,
  query,
  window,
});

type PipelineOptions = { collectionResolver?: CollectionResolver; variables?: Doc };

/** Runs an aggregation pipeline over documents made by `toPlain`. Throws `BadValue` for what mingo refuses. */
export function runPipeline(stages: Doc[], docs: Iterable<Doc>, options: PipelineOptions = {}): Doc[] {
  const aggregator = new Aggregator(stages, { ...options, context, scriptEnabled: false });
  return refusing(() => aggregator.run<Doc>(docs)).map(withIdFirst);
}

/** `$match` as `find` filters; mingo's own only where an expression may name a pipeline's variables. */
function $match(docs: Iterator, filter: unknown, options: Options): Iterator {
  const condition = docOf('$match', filter);
  if (hasExpression(condition)) return pipeline.$match(docs, condition, options);
  const matches = compileFilter(condition);
  return docs.filter((doc: Doc) => matches(doc));
}

function $sort(docs: Iterator, order: unknown, _options: Options): Iterator {
  const keys = parseSort(order);
  return docs.transform((all) => {
    const rows = all.filter(isDoc).map((doc) => ({ doc, values: sortValuesOf(doc, keys) }));
    rows.sort((a, b) => compareSortValues(a.values, b.values, keys));
    return Lazy(rows.map(({ doc }) => doc));
  });
}

/** `$bucket` by way of `$group`, as MongoDB itself does it: a bucket without documents does not appear. */
function $bucket(docs: Iterator, input: unknown, options: Options): Iterator {
  const { groupBy, boundaries, default: rest, output = { count: { $sum: 1 } } } = docOf('$bucket', input);
  if (!Array.isArray(boundaries) || boundaries.length < 2) {
    throw new Refusal('BadValue', "The $bucket 'boundaries' field must have at least 2 values");
  }
  const branches = boundaries.slice(0, -1).map((lower: unknown, i) => ({
    case: { $and: [{ $gte: [groupBy, lower] }, { $lt: [groupBy, boundaries[i + 1]] }] },
    // biome-ignore lint/suspicious/noThenProperty: the field's name in MongoDB's $switch
    then: { $literal: lower },
  }));
  const _id = { $switch: { branches, ...(rest !== undefined && { default: { $literal: rest } }) } };
  const stages = [{ $group: { _id, ...docOf('$bucket.output', output) } }, { $sort: { _id: 1 } }];
  return new Aggregator(stages, options).stream(docs);
}

/** `$count`: no document where there is nothing to count. */
function $count(docs: Iterator, field: unknown, _options: Options): Iterator {
  if (typeof field !== 'string' || field === '' || field.startsWith('$') || field.includes('.')) {
    throw new Refusal('BadValue', 'the count field must be a non-empty string without $ and dots');
  }
  return docs.transform((all) => Lazy(all.length > 0 ? [{ [field]: all.length }] : []));
}

function hasExpression(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasExpression);
  return (
    isDoc(value) && Object.entries(value).some(([name, inner]) => name === '$expr' || hasExpression(inner))
  );
}

function docOf(stage: string, value: unknown): Doc {
  if (isDoc(value)) return value;
  throw new Refusal('FailedToParse', `the ${stage} specification must be an object`);
}
