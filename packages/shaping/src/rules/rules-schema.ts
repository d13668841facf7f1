import { replyClassNames } from '@posthorn/mail';
import { z } from 'zod';
import { compileReplyPattern } from './reply-pattern.ts';
import { Duration, Rate, Threshold } from './units.ts';

const Connections = z.int().min(1).max(1_000);

const Pattern = z.string().transform((source, ctx) => {
  try {
    return { source, matches: compileReplyPattern(source) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    ctx.addIssue({ code: 'custom', message: `"${source}": ${problem}` });
    return z.NEVER;
  }
});

/** One, or a list of several. */
function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(item).min(1));
}

const Slow = z
  .strictObject({ messageRate: Rate.exactOptional(), connections: Connections.exactOptional() })
  .refine((slow) => Object.keys(slow).length > 0, 'must name messageRate, connections or both');

/** How what a rule took away is given back once its time is over: in equal steps. */
const Recover = z.strictObject({ over: Duration, steps: z.int().min(1).max(100).default(6) });

const ReplyRuleInput = z
  .strictObject({
    id: z.string().regex(/^[\w-]{1,60}$/, 'must be letters, digits and dashes'),
    class: oneOrMore(z.enum(replyClassNames)).exactOptional(),
    says: oneOrMore(Pattern).exactOptional(),
    /** How many such answers it takes; one unless given. */
    after: Threshold.exactOptional(),
    do: z.enum(['suspend', 'slow', 'nothing']),
    slow: Slow.exactOptional(),
    for: Duration.exactOptional(),
    recover: Recover.exactOptional(),
    comment: z.string().exactOptional(),
    source: z.string().exactOptional(),
  })
  .refine((rule) => rule.class !== undefined || rule.says !== undefined, 'must name class, says or both')
  .refine((rule) => (rule.do === 'slow') === (rule.slow !== undefined), '`do: slow` goes with `slow: { … }`')
  .refine((rule) => rule.do === 'nothing' || rule.for !== undefined, '`for` is missing: how long');

const limits = {
  /** Connections from one address, over all dispatchers. */
  connections: Connections.exactOptional(),
  messagesPerConnection: z.int().min(1).max(100_000).exactOptional(),
  messageRate: Rate.exactOptional(),
  /** Messages that may go at once after a pause; a fifth of a second's worth unless given. */
  burst: z.int().min(1).max(10_000).exactOptional(),
  /** In order; the first that matches counts. */
  replies: z.array(ReplyRuleInput).max(200).exactOptional(),
};

const SiteName = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be the name of a site or a mail host in lower case');

/** A file of shaping rules, as it is written. */
export const RulesInput = z.strictObject({
  defaults: z.strictObject(limits).nullish(),
  sites: z.record(SiteName, z.strictObject(limits).nullable()).nullish(),
});
export type RulesInput = z.output<typeof RulesInput>;
export type BlockInput = NonNullable<RulesInput['defaults']>;
export type ReplyRuleInput = z.output<typeof ReplyRuleInput>;
