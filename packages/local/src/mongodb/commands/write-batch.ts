import { Refusal } from '../errors.ts';
import { flagArgument } from '../server/arguments.ts';
import type { Call } from '../server/command.ts';
import type { Doc } from '../values/doc.ts';

/**
 * Runs the statements of one write command, each for itself, and collects the refusals as `writeErrors`.
 *
 * An ordered batch ends at the first of them. Others may run between two statements, as in MongoDB.
 */
export async function runBatch<Statement>(
  { body, pacer }: Call,
  statements: readonly Statement[],
  run: (statement: Statement, index: number) => void | Promise<void>,
): Promise<{ writeErrors?: Doc[] }> {
  const isOrdered = body['ordered'] === undefined || flagArgument(body, 'ordered');
  const writeErrors: Doc[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      if (pacer.isDue()) await pacer.pause();
      await run(statement, index);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      if (isOrdered) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}
