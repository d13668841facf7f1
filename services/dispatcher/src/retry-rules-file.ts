import { defaultRetrySchedule, type RetrySchedule } from '@posthorn/mail';
import { z } from 'zod';
import { readRulesFile } from './rules-file.ts';

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `4h`, `2d`, in milliseconds. */
const Duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[smhd]$/, 'must be a time like 90s, 5m, 4h or 2d')
  .transform((text) => Number.parseInt(text, 10) * (unitsMs[text.slice(-1)] ?? 0));

const schedule = {
  /** Waits after the first, second, … attempt; the last one repeats. */
  delays: z.tuple([Duration], Duration).optional(),
  jitterPercent: z.number().min(0).max(100).optional(),
  giveUpAfter: Duration.optional(),
  namedWait: z
    .strictObject({ atLeast: Duration, atMost: Duration })
    .refine(({ atLeast, atMost }) => atLeast <= atMost, 'atLeast must not be longer than atMost')
    .optional(),
};
const Schedule = z.strictObject(schedule);

const RetryRules = z.strictObject({
  ...schedule,
  domains: z
    .record(
      z.string().regex(/^[a-z0-9.-]{1,253}$/, 'must be a domain in lower case, in its ASCII form'),
      Schedule,
    )
    .nullish(),
});

export type RetrySchedules = Readonly<{
  schedule: RetrySchedule;
  /** Exceptions, by the recipient's domain. */
  domainSchedules: ReadonlyMap<string, RetrySchedule>;
}>;

/**
 * Reads when deferred mail is tried again. What a domain leaves out is as for all others, what those leave out is our default.
 * Throws a `misconfigured` Fault when the file is not usable.
 */
export async function loadRetrySchedules(path: string): Promise<RetrySchedules> {
  const { domains, ...forAll } = await readRulesFile(path, RetryRules);
  const schedule = scheduleOf(forAll, defaultRetrySchedule);
  const exceptions = Object.entries(domains ?? {}).map(
    ([domain, given]) => [domain, scheduleOf(given, schedule)] as const,
  );
  return { schedule, domainSchedules: new Map(exceptions) };
}

function scheduleOf(given: z.output<typeof Schedule>, base: RetrySchedule): RetrySchedule {
  const { delays, jitterPercent, giveUpAfter, namedWait } = given;
  return {
    ...base,
    ...(delays && { delaysMs: delays }),
    ...(jitterPercent !== undefined && { jitterShare: jitterPercent / 100 }),
    ...(giveUpAfter !== undefined && { maxAgeMs: giveUpAfter }),
    ...(namedWait && { namedWait: { minMs: namedWait.atLeast, maxMs: namedWait.atMost } }),
  };
}
