import { z } from 'zod';
import { Instant } from './instant.ts';

/** How finely counts are told over time; hours and days are UTC. */
export const StatisticsInterval = z.enum(['hour', 'day']);
export type StatisticsInterval = z.infer<typeof StatisticsInterval>;

/** Parameters of statistics over a time. */
export const StatisticsQuery = z.strictObject({
  from: Instant.optional().meta({
    description: 'ISO 8601; 30 days before `to` unless given, or one by hours.',
  }),
  to: Instant.optional().meta({ description: 'ISO 8601, exclusive; now unless given.' }),
  interval: StatisticsInterval.optional().meta({ description: '`day` unless given.' }),
});
export type StatisticsQuery = z.infer<typeof StatisticsQuery>;

const Count = z.int().min(0);

/**
 * What happened, each thing counted when it happened. HubSpot's names where it has one (facts: HubSpot, section 6.3).
 *
 * All but `selected`, `sent` and `dropped` are of To recipients; machine hits are not among opens and clicks.
 */
export const EmailCounters = z
  .object({
    selected: Count.meta({ description: '`sent` and `dropped` together.' }),
    sent: Count,
    dropped: Count,
    delivered: Count,
    deferred: Count.meta({ description: 'Attempts that are repeated later, not sends.' }),
    bounce: Count,
    hardbounced: Count,
    softbounced: Count,
    open: Count.meta({ description: 'Sends that were opened, each once.' }),
    openTotal: Count.meta({ description: 'Every open.' }),
    openMachine: Count.meta({ description: 'Opens by scanners and prefetching proxies, in no other count.' }),
    click: Count.meta({ description: 'Sends that were clicked in, each once.' }),
    clickTotal: Count.meta({ description: 'Every click.' }),
    clickMachine: Count.meta({ description: 'Clicks by scanners, in no other count.' }),
    spamreport: Count,
    unsubscribed: Count,
  })
  .meta({ id: 'EmailCounters' });
export type EmailCounters = z.infer<typeof EmailCounters>;

const Percent = z.number().min(0);

/**
 * Shares in percent with three decimals, by HubSpot's formulas; 0 of nothing is 0.
 *
 * Within a short time one may exceed 100: what is opened in an hour may have been delivered before.
 */
export const EmailRatios = z
  .object({
    deliveredratio: Percent.meta({ description: 'delivered / sent' }),
    bounceratio: Percent.meta({ description: 'bounce / sent' }),
    hardbounceratio: Percent.meta({ description: 'hardbounced / sent' }),
    softbounceratio: Percent.meta({ description: 'softbounced / sent' }),
    notsentratio: Percent.meta({ description: 'dropped / selected' }),
    openratio: Percent.meta({ description: 'open / delivered' }),
    clickratio: Percent.meta({ description: 'click / delivered' }),
    clickthroughratio: Percent.meta({ description: 'click / open' }),
    spamreportratio: Percent.meta({ description: 'spamreport / delivered' }),
    unsubscribedratio: Percent.meta({ description: 'unsubscribed / delivered' }),
  })
  .meta({ id: 'EmailRatios' });
export type EmailRatios = z.infer<typeof EmailRatios>;
