import { z } from 'zod';
import { SendStatusView } from '../send-status.ts';

/** What one delivery of a send waits for. */
export const WaitView = z
  .object({
    deliveryId: z.string().optional().meta({ description: 'Absent where it is not known yet, or of all.' }),
    recipient: z.string().optional(),
    waitsFor: z.enum(['rendering', 'dispatch', 'shaping', 'warmup', 'address', 'retry']).meta({
      description:
        'rendering: to be made into a message. dispatch: for a free dispatcher. shaping, warmup, address: for what `rule` names: a limit of the site, room in the warm-up plan, a sending address. retry: for the next attempt after a reply.',
    }),
    text: z.string().meta({ description: 'Why, for people.' }),
    rule: z.string().optional(),
    until: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When it is expected to end: the next attempt, or the rule’s own time.' }),
    ip: z.string().optional().meta({ description: 'The address it leaves from.' }),
    site: z.string().optional().meta({ description: 'The group of domains whose limits apply.' }),
    lastAttempt: z
      .object({
        attempt: z.int(),
        at: z.iso.datetime(),
        reply: z.string(),
        class: z.string().optional().meta({ description: 'What kind of delay the reply was.' }),
        nextAttemptAt: z.iso.datetime(),
      })
      .optional()
      .meta({ description: 'The attempt that was deferred, where there was one.' }),
  })
  .meta({ id: 'Wait' });
export type WaitView = z.infer<typeof WaitView>;

/** The answer of `GET /v1/sends/{statusId}/waiting`: the send's status, and why what is left of it waits. */
export const SendWaiting = SendStatusView.extend({
  waiting: z
    .array(WaitView)
    .meta({ description: 'One for each delivery that has not ended; empty where none waits.' }),
}).meta({ id: 'SendWaiting' });
export type SendWaiting = z.infer<typeof SendWaiting>;
