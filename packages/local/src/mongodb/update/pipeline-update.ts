import { Refusal } from '../errors.ts';
import { runPipeline } from '../query/pipeline.ts';
import { toPlain } from '../query/plain.ts';
import { equalValues } from '../values/compare.ts';
import { type Doc, fieldOf, isDoc, setField } from '../values/doc.ts';

const stages: ReadonlySet<string> = new Set([
  '$set',
  '$addFields',
  '$unset',
  '$project',
  '$replaceRoot',
  '$replaceWith',
]);

/** Compiles an update that is an aggregation pipeline. Refuses stages that MongoDB does not take here. */
export function compilePipelineUpdate(pipeline: unknown[]): (doc: Doc) => Doc {
  const checked = pipeline.map(checkStage);
  return (doc) => {
    const [result] = runPipeline(checked, [toPlain(doc)]);
    return result ? withOriginals(doc, result) : doc;
  };
}

function checkStage(stage: unknown): Doc {
  const [name] = isDoc(stage) ? Object.keys(stage) : [];
  if (!isDoc(stage) || name === undefined || !stages.has(name)) {
    throw new Refusal('InvalidOptions', `${name ?? 'This stage'} is not allowed to be used within an update`);
  }
  return toPlain(stage);
}

/** Puts back the stored values of fields that came through equal: mingo knows but one type of number. */
function withOriginals(before: Doc, after: Doc): Doc {
  const result: Doc = {};
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const original = fieldOf(before, name);
    setField(result, name, original !== undefined && equalValues(original, value) ? original : value);
  }
  return equalValues(before, result) ? before : result;
}
