import { Refusal } from '../errors.ts';
import { docsArgument, flagArgument } from '../server/arguments.ts';
import type { Call } from '../server/command.ts';
import { decode } from '../values/decode.ts';
import type { Doc } from '../values/doc.ts';

/** One statement of a write command, with its BSON where it came as such. */
export type Statement = Readonly<{ doc: Doc; raw: Uint8Array | undefined; index: number }>;

/**
 * Runs the statements of one write command, each for itself, and collects the refusals as `writeErrors`.
 *
 * An ordered batch ends at the first of them. Others may run between two statements, as in MongoDB; that is why each
 * is decoded only when its turn comes.
 */
export async function runBatch(
  call: Call,
  field: string,
  run: (statement: Statement) => void | Promise<void>,
): Promise<{ writeErrors?: Doc[] }> {
  const { body, pacer } = call;
  const isOrdered = body['ordered'] === undefined || flagArgument(body, 'ordered');
  const { count, at } = statementsOf(call, field);
  const writeErrors: Doc[] = [];
  for (let index = 0; index < count; index++) {
    try {
      if (pacer.isDue()) await pacer.pause();
      await run(at(index));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      if (isOrdered) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}

function statementsOf(
  { body, raw }: Call,
  field: string,
): { count: number; at: (index: number) => Statement } {
  const sequence = raw.get(field);
  if (!sequence) {
    const docs = docsArgument(body, field);
    return { count: docs.length, at: (index) => ({ doc: docs[index] ?? {}, raw: undefined, index }) };
  }
  return {
    count: sequence.length,
    at(index) {
      const bytes = sequence[index] ?? new Uint8Array();
      return { doc: decode(bytes), raw: bytes, index };
    },
  };
}
