import { SmtpTokenStatistics, StatisticsQuery } from '@posthorn/contracts';
import { type Clock, Fault } from '@posthorn/runtime';
import {
  addCounts,
  type CounterRepository,
  type Counts,
  type SmtpToken,
  type SmtpTokenRepository,
} from '@posthorn/store';
import { type Endpoint, takesQuery } from '../http/endpoint.ts';
import { emailCountersOf, emailRatiosOf, reasonsOf } from '../statistics/email-statistics.ts';
import { type StatisticsRange, startsOf, statisticsRangeOf } from '../statistics/statistics-range.ts';

export type SmtpTokenStatisticsDeps = Readonly<{
  campaigns: Pick<SmtpTokenRepository, 'findCampaign'>;
  counters: Pick<CounterRepository, 'hourly' | 'daily'>;
  clock: Clock;
}>;

/** GET /v1/smtp-tokens/{tokenId}/statistics: what became of the mail that was sent with a token. Beyond HubSpot. */
export function smtpTokenStatistics({ campaigns, counters, clock }: SmtpTokenStatisticsDeps): Endpoint {
  return {
    id: 'getSmtpTokenStatistics',
    method: 'get',
    paths: ['/v1/smtp-tokens/:tokenId/statistics'],
    tag: 'SMTP tokens',
    summary: 'Statistics of an SMTP token',
    description:
      'Over a time and over each of its days (at most 400) or hours (at most 744), by UTC. A deleted or expired token keeps its statistics.',
    scopes: ['transactional-email'],
    isRateLimited: true,
    answers: { 200: { description: 'The statistics.', schema: SmtpTokenStatistics } },
    ...takesQuery(StatisticsQuery, async ({ principal: { accountId }, params }, query) => {
      const range = statisticsRangeOf(query, clock.nowMs());
      const token = await campaigns.findCampaign(accountId, params['tokenId'] ?? '');
      if (!token) throw new Fault('not_found', 'There is no SMTP token with this id.');
      return { status: 200, body: statisticsOf(token, range, await countsOf(counters, token, range)) };
    }),
  };
}

/** What was counted, by the first millisecond of its interval. */
type CountsByStart = ReadonlyMap<number, Counts>;

async function countsOf(
  counters: SmtpTokenStatisticsDeps['counters'],
  { accountId, emailCampaignId }: SmtpToken,
  { fromMs, toMs, interval }: StatisticsRange,
): Promise<CountsByStart> {
  const query = { accountId, emailIds: [emailCampaignId], fromMs, toMs };
  const periods = interval === 'day' ? await counters.daily(query) : await counters.hourly(query);
  return new Map(periods.map(({ startMs, counts }) => [startMs, counts]));
}

function statisticsOf(token: SmtpToken, range: StatisticsRange, counts: CountsByStart): SmtpTokenStatistics {
  const { id, campaignName, emailCampaignId, createdAtMs, expiresAtMs } = token;
  const total: Counts = {};
  for (const some of counts.values()) addCounts(total, some);
  return {
    ...{ id, campaignName, emailCampaignId: String(emailCampaignId), createdAt: isoOf(createdAtMs) },
    ...(expiresAtMs !== undefined && { expiresAt: isoOf(expiresAtMs) }),
    ...{ from: isoOf(range.fromMs), to: isoOf(range.toMs), interval: range.interval },
    ...figuresOf(total),
    reasons: { dropped: reasonsOf(total, 'dropped'), bounce: reasonsOf(total, 'bounce') },
    series: startsOf(range).map((startMs) => ({
      ...{ start: isoOf(startMs), end: isoOf(startMs + range.stepMs) },
      ...figuresOf(counts.get(startMs) ?? {}),
    })),
  };
}

function figuresOf(counts: Counts) {
  const counters = emailCountersOf(counts);
  return { counters, ratios: emailRatiosOf(counters) };
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
