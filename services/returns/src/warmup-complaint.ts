import type { Event } from '@posthorn/contracts';
import { providerOf, type ShapingRules } from '@posthorn/shaping';
import type { Warmup } from '@posthorn/shaping/warmup';

type Complained = Extract<Event, { type: 'SPAMREPORT' }>;

/** Counts a complaint against the address that the message left from. Rejects with Faults of the store. */
export type CountComplaint = (event: Complained) => Promise<void>;

/**
 * Makes the step that holds the warm-up of an address that is complained about (facts: mechanics, B2): the address and the
 * site are those of the delivery's own attempt. An address that is warm is not counted for; nor is mail by another way.
 */
export function createCountComplaint({
  eventsOf,
  warmup,
  rules,
}: {
  eventsOf: (accountId: number, statusId: string) => Promise<readonly Event[]>;
  warmup: Pick<Warmup, 'record'>;
  rules: () => ShapingRules;
}): CountComplaint {
  return async ({ accountId, statusId, deliveryId }) => {
    const events = await eventsOf(accountId, statusId);
    const sent = events.findLast((event) => event.type === 'DELIVERED' && event.deliveryId === deliveryId);
    if (sent?.type !== 'DELIVERED' || sent.ip === undefined || sent.site === undefined) return;
    warmup.record({ ip: sent.ip, provider: providerOf(sent.site, rules()) }, 'complained');
  };
}
