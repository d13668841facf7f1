import { z } from 'zod';

const count = z.int().min(0);
const counts = {
  taken: count.meta({ description: 'Messages that took a place of the day’s limit.' }),
  accepted: count,
  deferred: count.meta({ description: 'Without greylisting.' }),
  blocked: count.meta({ description: 'Refused for the address’s sake.' }),
  complained: count,
};

/** Why a plan stands where it stands. */
export const WarmupVerdict = z
  .enum([
    'started',
    'advanced',
    'warm',
    'held-acceptance',
    'held-complaints',
    'held-little-mail',
    'stepped-back',
    'idle',
    'restarted',
  ])
  .meta({ id: 'WarmupVerdict' });
export type WarmupVerdict = z.infer<typeof WarmupVerdict>;

const planDay = z.int().min(1).meta({ description: 'Day of the plan, from 1.' });

/** The body of `POST /v1/ips/{ipId}/warmup`. */
export const WarmupStartRequest = z
  .strictObject({
    startAtDay: z.int().min(1).max(365).nullish().meta({
      description: 'The day of the plan to begin at; 1 unless given.',
    }),
  })
  .meta({ id: 'WarmupStartRequest' });
export type WarmupStartRequest = z.infer<typeof WarmupStartRequest>;

const WarmupProvider = z
  .object({
    provider: z.string().meta({ description: 'A provider of the shaping rules, or `other`.' }),
    state: z.enum(['warming', 'warm']),
    planDay,
    limit: count.optional().meta({ description: 'Most messages today (UTC); absent where warm.' }),
    hourLimit: count.optional().meta({ description: 'Most messages in one hour of today.' }),
    today: z.object(counts),
    thisHour: count.meta({ description: 'Messages that left in this hour.' }),
    lastChange: z.object({
      kind: WarmupVerdict,
      at: z.iso.datetime(),
      text: z.string().meta({ description: 'Why, in words.' }),
    }),
    history: z
      .array(z.object({ date: z.iso.date(), planDay, limit: count, ...counts, verdict: WarmupVerdict }))
      .meta({ description: 'Days with mail that are over, the newest first, at most 60.' }),
  })
  .meta({ id: 'WarmupProvider' });

/** How far an address's warm-up is. */
export const WarmupAnswer = z
  .object({
    address: z.string(),
    mode: z.enum(['plan', 'skip']).meta({ description: 'skip: nothing is limited.' }),
    isWarm: z
      .boolean()
      .meta({ description: 'Whether the plan is over for every provider that it had mail for.' }),
    plan: z.array(count).meta({ description: 'Most messages to one provider on each sending day.' }),
    providers: z.array(WarmupProvider).meta({ description: 'Those that it had mail for, by name.' }),
  })
  .meta({ id: 'Warmup' });
export type WarmupAnswer = z.infer<typeof WarmupAnswer>;
