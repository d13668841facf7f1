import { z } from 'zod';
import { AttemptEvent } from '../delivery-mark.ts';
import type { MarkSeal } from '../redis-marks.ts';

/** What a reply decided, as it is noted before Redis has it. */
export const JournalEntry = z.object({
  /** Lane under which the delivery's mark is kept. */
  lane: z.string(),
  deliveryId: z.string(),
  ambiguousCount: z.int().min(0),
  event: AttemptEvent,
  /** Unix time in milliseconds; the mark outlives it. */
  expiresAtMs: z.int().positive(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** One line, without the conversation: a death costs that much. */
export function lineOf(
  { event: { conversation: _, ...event }, ...entry }: JournalEntry,
  seal?: MarkSeal,
): string {
  const text = JSON.stringify({ ...entry, event });
  return `${seal ? seal.seal(text, sealContext) : text}\n`;
}

/** The entries of a file's text, in their order; a line that cannot be read, as one that the end of the process cut short, is left out. */
export function entriesIn(text: string, seal?: MarkSeal): JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    const parsed = JournalEntry.safeParse(jsonOf(seal ? openOf(line, seal) : line));
    return parsed.success ? [parsed.data] : [];
  });
}

const sealContext = 'outcome-journal';

function openOf(line: string, seal: MarkSeal): string {
  return line === '' ? '' : (seal.open(line, sealContext) ?? '');
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
