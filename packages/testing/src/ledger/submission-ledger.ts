import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createGroupWriter } from '../group-writer.ts';

/** What a generator did with one message. `probe` names the message and is part of its recipient's address. */
export const SubmissionEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('submitted'), probe: z.string(), atMs: z.number() }),
  /** The system took responsibility: HTTP 200 or SMTP 250. */
  z.object({ kind: z.literal('accepted'), probe: z.string(), statusId: z.string(), atMs: z.number() }),
  /** The system said no, with the code it said; the generator tries again with the same key. */
  z.object({ kind: z.literal('refused'), probe: z.string(), code: z.int(), atMs: z.number() }),
  /** No answer came. `isKeyed` false: the system cannot tell a repeat of it from another message. */
  z.object({
    ...{ kind: z.literal('unanswered'), probe: z.string(), atMs: z.number() },
    isKeyed: z.boolean().default(true),
  }),
]);
export type SubmissionEntry = z.infer<typeof SubmissionEntry>;

/** A generator's own record, which no crash of what it tests can touch. */
export type SubmissionLedger = AsyncDisposable & {
  /** Resolves when the entry is on disk: a submission is noted before it is sent, an answer before it is believed. */
  append(entry: SubmissionEntry): Promise<void>;
};

/** Opens the ledger; entries are added to those that `path` holds. */
export async function openSubmissionLedger(path: string): Promise<SubmissionLedger> {
  const file = await open(path, 'a');
  const write = createGroupWriter(file);
  return {
    append: (entry) => write(`${JSON.stringify(entry)}\n`),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Reads a ledger; a last line that a crash cut short is left out. */
export async function readSubmissions(path: string): Promise<SubmissionEntry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => SubmissionEntry.parse(JSON.parse(line)));
}
