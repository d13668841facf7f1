import { defaultRetrySchedule } from '@posthorn/mail';
import type { RetryRules } from './attempt-event.ts';
import { loadReplyClassifier } from './reply-rules-file.ts';
import { loadRetrySchedules } from './retry-rules-file.ts';

/** What may be deferred, and until when. */
export type DeferralRules = Pick<RetryRules, 'schedule' | 'domainSchedules' | 'classify'>;

/** Reads the operator's files, where there are any; what they leave out is as we have it. Throws a `misconfigured` Fault. */
export async function loadDeferralRules({
  replies,
  retries,
}: Readonly<{ replies?: string; retries?: string }>): Promise<DeferralRules> {
  const schedules =
    retries === undefined ? { schedule: defaultRetrySchedule } : await loadRetrySchedules(retries);
  return { ...schedules, ...(replies !== undefined && { classify: await loadReplyClassifier(replies) }) };
}
