import type { Event, EventOf } from '@posthorn/contracts';
import { classifyReply, isAddressFaultClass, isReplyClass, parseReply } from '@posthorn/mail';

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
 * Returns the suppression that an event makes, if any: a complaint, or a bounce whose class blames the address itself.
 *
 * The class decides, whatever the code (docs/replies.md). Spam, a policy, what the recipient wants, a full mailbox, and a
 * block of our IP address never suppress (row B05): whoever can make a server refuse us could otherwise silence any
 * address.
 */
export function suppressionOf(event: Event): Suppression | undefined {
  if (event.type !== 'BOUNCE' && event.type !== 'SPAMREPORT') return undefined;
  const { accountId, statusId, recipient: email, atMs, id: eventId } = event;
  const common = { accountId, email, atMs, eventId, statusId };
  if (event.type === 'SPAMREPORT')
    return event.feedbackType === 'not-spam' ? undefined : { ...common, origin: 'complaint' };
  const { status } = event;
  return blamesAddress(event)
    ? { ...common, origin: 'bounce', ...(status !== undefined && { status }) }
    : undefined;
}

/** Statuses of our own refusals that blame the address: no such domain after a second lookup, null MX, no usable address. */
const ownAddressFaults: ReadonlySet<string> = new Set(['5.1.2', '5.1.3', '5.1.10']);

function blamesAddress({ class: name, status, response, hard, late }: EventOf<'BOUNCE'>): boolean {
  if (name !== undefined) return hard && isReplyClass(name) && isAddressFaultClass(name);
  if (!late && ownAddressFaults.has(status ?? '')) return true;
  return hard && isRefusalOfAddress(response, status);
}

/** Judges a reply that came without a class: one that was reported by mail, or recorded by an older version. */
function isRefusalOfAddress(response: string, status = ''): boolean {
  const raw = /^[45]\d\d/.test(response) ? response : `550 ${status} ${response}`;
  const outcome = classifyReply(parseReply(raw));
  return outcome.kind === 'bounced' && outcome.isAddressFault;
}
