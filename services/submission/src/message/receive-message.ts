import type { Readable } from 'node:stream';
import { submissionBytesMax } from '@posthorn/contracts';
import type { ByteBudget } from '@posthorn/runtime';
import { refusals, type SmtpRefusal } from '../smtp/smtp-refusal.ts';
import { createLineScan, type LineProblem } from './scan-lines.ts';

/** A message in memory. Disposing it gives its bytes back to the budget. */
export type Received = Disposable & {
  kind: 'received';
  /** A character a byte (latin1). */
  raw: string;
};

export type ReceiveOptions = Readonly<{
  budget: ByteBudget;
  /** What the client declared with SIZE; it may be wrong (row S13). */
  declaredBytes: number | undefined;
}>;

/** Up to here a message takes its bytes as they come; a larger one first takes all that it may need, and waits for that. */
const smallBytesMax = 256 * 1024;
const lineBytesMax = 1024 * 1024;

/**
 * Reads a message to its final dot: whole, or a refusal after what was kept of it has been dropped.
 *
 * A message that waits for room is not read meanwhile, so its client waits too. Nobody waits who holds a part of what
 * another waits for, but for the small beginnings, so there is no deadlock.
 */
export async function receiveMessage(
  stream: Readable,
  { budget, declaredBytes }: ReceiveOptions,
): Promise<Received | { kind: 'refused'; refusal: SmtpRefusal }> {
  const share = createShare(budget, declaredBytes);
  const scan = createLineScan({ lineBytesMax });
  let parts: string[] = [];
  let sizeBytes = 0;
  let refusal: SmtpRefusal | undefined;
  try {
    for await (const piece of stream) {
      const bytes: Buffer = piece;
      sizeBytes += bytes.length;
      if (sizeBytes > submissionBytesMax) refusal ??= refusals.tooLarge();
      else if (!refusal && !(await share.growTo(sizeBytes))) refusal = refusals.memoryFull();
      if (refusal) {
        parts = [];
        share.release();
      } else {
        scan.push(bytes);
        parts.push(bytes.toString('latin1'));
      }
    }
  } catch {
    refusal = refusals.connectionLost();
  }
  refusal ??= refusalOf(scan.end());
  if (refusal) {
    share.release();
    return { kind: 'refused', refusal };
  }
  share.shrinkTo(sizeBytes);
  return { kind: 'received', raw: parts.join(''), [Symbol.dispose]: share.release };
}

function refusalOf(problem: LineProblem | undefined): SmtpRefusal | undefined {
  if (problem === undefined) return undefined;
  return problem === 'line-too-long' ? refusals.lineTooLong() : refusals.bareLineEnd();
}

/** What one message holds of the budget. */
function createShare(budget: ByteBudget, declaredBytes = submissionBytesMax) {
  let held = 0;

  async function growTo(bytes: number): Promise<boolean> {
    if (bytes <= held) return true;
    const isSmall = bytes <= smallBytesMax;
    const wanted = isSmall ? bytes : Math.min(submissionBytesMax, Math.max(bytes, declaredBytes));
    const isGranted = isSmall ? budget.tryTake(wanted - held) : await budget.take(wanted - held);
    if (isGranted) held = wanted;
    return isGranted;
  }

  function shrinkTo(bytes: number): void {
    if (bytes < held) {
      budget.give(held - bytes);
      held = bytes;
    }
  }

  return { growTo, shrinkTo, release: () => shrinkTo(0) };
}
