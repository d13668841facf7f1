import { WarmupVerdict } from '@posthorn/contracts';
import { z } from 'zod';

const Counts = {
  taken: z.int(),
  accepted: z.int(),
  deferred: z.int(),
  blocked: z.int(),
  complained: z.int(),
};

/** What the script answers a `take`. */
export const TakeAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('warm') }),
  z.object({ kind: z.literal('go'), hour: z.int() }),
  z.object({
    kind: z.literal('full'),
    untilMs: z.int(),
    planDay: z.int(),
    limit: z.int(),
    hourLimit: z.int(),
    isDayFull: z.boolean(),
  }),
]);

/** How providers of an address begin that it had no mail for yet. */
export const WarmupStart = z.object({ skip: z.boolean().optional(), startStage: z.int().optional() });

/** A sending day that is over. `day` counts from the epoch, `planDay` from 1. */
export const ClosedDay = z.object({
  day: z.int(),
  planDay: z.int(),
  limit: z.int(),
  ...Counts,
  verdict: WarmupVerdict,
});
export type ClosedDay = z.infer<typeof ClosedDay>;

/** What the script answers a `peek`. */
export const PlanState = z.object({
  planDay: z.int(),
  isWarm: z.boolean(),
  limit: z.int(),
  hourLimit: z.int(),
  hourTaken: z.int(),
  ...Counts,
  change: z.object({
    kind: WarmupVerdict,
    atMs: z.int(),
    fromDay: z.int(),
    toDay: z.int(),
    day: z.int(),
    limit: z.int(),
    accepted: z.int(),
    answered: z.int(),
    blocked: z.int(),
    complained: z.int(),
  }),
  closed: ClosedDay.optional(),
});
export type PlanState = z.infer<typeof PlanState>;
