import { z } from 'zod';

/**
 * What a reply brought about for one lane, as Redis keeps it, by rule. In force from `sinceMs` to `untilMs`; from then on what it
 * took is given back in `steps` steps of `stepMs`, and at `endMs` it is gone.
 */
export const Override = z.object({
  rule: z.string(),
  kind: z.enum(['suspend', 'slow']),
  /** What the peer said, without addresses. */
  reply: z.string(),
  sinceMs: z.number(),
  untilMs: z.number(),
  /** Milliseconds from one message to the next while in force; absent where the rate stays. */
  intervalMs: z.number().optional(),
  /** Connections while in force; absent where their number stays. */
  connections: z.number().optional(),
  stepMs: z.number(),
  steps: z.number(),
  endMs: z.number(),
});
export type Override = z.infer<typeof Override>;

/** Longest text kept of a reply, in characters. */
const replyTextMax = 300;

/** A reply as it may be kept and shown to an operator: without what looks like a mail address. */
export function withoutAddresses(text: string): string {
  return text
    .replace(/[^\s<>()[\]"',;:]*(?:@|%40)[^\s<>()[\]"',;]*/gi, '…')
    .slice(0, replyTextMax)
    .toWellFormed();
}
