import { createReplyClassifier, type ReplyClassifier, replyClassNames } from '@posthorn/mail';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';
import { readRulesFile } from './rules-file.ts';

const ReplyRules = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[\w.-]{1,60}$/, 'must be letters, digits, dots and dashes'),
        class: z.enum(replyClassNames),
        enhanced: z.array(z.string()).min(1).exactOptional(),
        codes: z.array(z.int().min(400).max(599)).min(1).exactOptional(),
        says: z.array(z.string().max(200)).min(1).exactOptional(),
        suspendMinutes: z.number().positive().max(1_440).exactOptional(),
        comment: z.string().exactOptional(),
        source: z.string().exactOptional(),
      }),
    )
    .max(2_000)
    .nullish(),
});

/**
 * A classifier of our rules with those of a file before them. Throws a `misconfigured` Fault when the file or a rule in it is not
 * usable.
 */
export async function loadReplyClassifier(path: string): Promise<ReplyClassifier> {
  const { rules } = await readRulesFile(path, ReplyRules);
  try {
    return createReplyClassifier(rules ?? []);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Fault('misconfigured', `${path} is not usable: ${cause.message}`, { cause });
  }
}
