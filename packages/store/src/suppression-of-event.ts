import type { Event } from '@posthorn/contracts';
import { classifyReply, parseReply } from '@posthorn/mail';

/** Why an address is on the list. */
export type SuppressionOrigin = 'bounce' | 'complaint' | 'manual';

/** One reason for one address. */
export type Suppression = Readonly<{
  accountId: number;
  email: string;
  origin: SuppressionOrigin;
  atMs: number;
  /** The event that says so; absent when someone added it by hand. */
  eventId?: string;
  statusId?: string;
  /** The status code of the bounce. */
  status?: string;
  /** Why someone added it by hand. */
  reason?: string;
}>;

/**
 * The suppression that an event makes, if any: a complaint, or a bounce whose code blames the address itself.
 *
 * A policy, a full mailbox or a reply without such a code never suppresses, whatever its text says (row B05): whoever
 * can make a server refuse us could otherwise silence any address.
 */
export function suppressionOf(event: Event): Suppression | undefined {
  if (event.type !== 'BOUNCE' && event.type !== 'SPAMREPORT') return undefined;
  const { accountId, statusId, recipient: email, atMs, id: eventId } = event;
  const common = { accountId, email, atMs, eventId, statusId };
  if (event.type === 'SPAMREPORT')
    return event.feedbackType === 'not-spam' ? undefined : { ...common, origin: 'complaint' };
  const { status, hard } = event;
  return hard && status !== undefined && blamesAddress(status)
    ? { ...common, origin: 'bounce', status }
    : undefined;
}

/** By mail's own table of such codes. */
function blamesAddress(status: string): boolean {
  const outcome = classifyReply(parseReply(`550 ${status} refused`));
  return outcome.kind === 'bounced' && outcome.isAddressFault;
}
