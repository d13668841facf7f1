import { Fault } from '@posthorn/runtime';
import { isAwayCode } from './guard.ts';

/** What one write of an unordered bulk was refused for. */
export type WriteRefusal = Readonly<{ index: number; isDuplicate: boolean; reason: string }>;

/** MongoDB's code for a unique index refusing a document. */
const duplicateKeyCode = 11_000;

/** Whether a single write failed because its key is taken. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === duplicateKeyCode;
}

/**
 * The refusals of an unordered bulk write, by the index of the write; what is not named was written.
 *
 * Rethrows an error that is not about single writes. Throws `unavailable` when one was refused only for now: all are
 * safe to repeat.
 */
export function writeRefusalsOf(error: unknown): WriteRefusal[] {
  if (!(error instanceof Error) || !('writeErrors' in error)) throw error;
  const refused: unknown[] = [error.writeErrors].flat();
  if (refused.length === 0) throw error;
  if (refused.some((one) => isAwayCode(Object(one).code))) {
    throw new Fault('unavailable', 'The database is busy. Try again shortly.', { cause: error });
  }
  return refused.map(refusalOf);
}

function refusalOf(refused: unknown): WriteRefusal {
  const { index, code } = Object(refused);
  return {
    index: Number(index),
    isDuplicate: code === duplicateKeyCode,
    reason: `MongoDB refused the write (code ${String(code)})`,
  };
}
