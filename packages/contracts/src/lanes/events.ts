import { z } from 'zod';
import { defineLane } from '../define-lane.ts';
import { Event } from '../event.ts';
import { AccountId } from '../ids.ts';

/**
 * A contact's properties that could not be written when its send was rendered, because MongoDB was away.
 *
 * It rides the events lane since whoever drains that lane writes to MongoDB anyway. Applied twice it changes nothing.
 */
export const ContactWrite = z.object({
  type: z.literal('CONTACT'),
  id: z.uuid(),
  accountId: AccountId,
  email: z.string(),
  properties: z.record(z.string(), z.string()),
  atMs: z.int().positive(),
});
export type ContactWrite = z.infer<typeof ContactWrite>;

/** Everything that happens → tracking, which writes it to MongoDB in bulk. */
export const eventsLane = defineLane({
  name: 'events',
  item: z.union([Event, ContactWrite]),
  idOf: (item) => item.id,
  traceOf: (item) => (item.type === 'CONTACT' ? undefined : item.trace),
});
export type EventsItem = z.infer<typeof eventsLane.item>;
