import type { DispatchItem, Event, SendItem } from '@posthorn/contracts';
import { deliveryIdOf } from '@posthorn/contracts';
import { eventIdOf, issueReturnPath, type Keyring } from '@posthorn/mail';
import type { Drop, Outcome } from './outcome.ts';

type Rendered = Extract<Outcome, { kind: 'rendered' }>;

export type DispatchOptions = Readonly<{
  keyring: Keyring;
  /** Of the installation, for sending domains without one. */
  returnPathHost: string;
  /** How long deliveries are tried, from acceptance. */
  maxAgeMs: number;
}>;

/** The dispatch items of a send: the tracked rendition for To, the untracked one for Cc and Bcc. */
export function dispatchItemsOf(
  item: SendItem,
  rendered: Rendered,
  options: DispatchOptions,
): DispatchItem[] {
  const { envelope, tracked, untracked, trace, onAmbiguous } = rendered;
  const recipients = [envelope.to.address, ...envelope.copies].map((address, index) => ({
    deliveryId: deliveryIdOf(item.statusId, index),
    address,
  }));
  const common = {
    statusId: item.statusId,
    accountId: item.accountId,
    emailId: item.emailId,
    acceptedAtMs: item.acceptedAtMs,
    smtpUtf8: envelope.smtpUtf8,
    expiresAtMs: item.acceptedAtMs + options.maxAgeMs,
    onAmbiguous,
    ...(trace !== undefined && { trace }),
  };
  const make = (suffix: string, first: number, rendition: string, to: typeof recipients): DispatchItem => ({
    ...common,
    id: `${item.statusId}-${suffix}`,
    returnPath: returnPathOf(item, first, {
      keyring: options.keyring,
      returnPathHost: rendered.returnPathHost ?? options.returnPathHost,
    }),
    recipients: to,
    rendition,
  });
  const items = [make('t', 0, tracked, recipients.slice(0, 1))];
  if (untracked !== undefined) items.push(make('u', 1, untracked, recipients.slice(1)));
  return items;
}

function returnPathOf(
  { statusId, accountId, acceptedAtMs }: SendItem,
  deliveryIndex: number,
  { keyring, returnPathHost }: Pick<DispatchOptions, 'keyring' | 'returnPathHost'>,
): string {
  return issueReturnPath(keyring, {
    statusId,
    accountId,
    deliveryIndex,
    host: returnPathHost,
    atMs: acceptedAtMs,
  });
}

type Moment = Readonly<{ startedAtMs: number; atMs: number }>;

/** The send was handed to dispatch. */
export function sentEventOf(
  item: SendItem,
  { envelope, subject, from, trace }: Rendered,
  moment: Moment,
): Event {
  return {
    type: 'SENT',
    id: eventIdOf(item.statusId, 'SENT'),
    ...headersOf(item, moment),
    recipient: envelope.to.address,
    subject,
    from,
    ...(trace !== undefined && { trace }),
  };
}

/** The send will not leave. */
export function droppedEventOf(item: SendItem, { reason, message }: Drop, moment: Moment): Event {
  return {
    type: 'DROPPED',
    id: eventIdOf(item.statusId, 'DROPPED'),
    ...headersOf(item, moment),
    dropReason: reason,
    ...(message !== undefined && { dropMessage: message }),
  };
}

function headersOf(item: SendItem, { startedAtMs, atMs }: Moment) {
  const { accountId, statusId, emailId, trace, acceptedAtMs, to, from, replyTo, cc, bcc, sendId } = item;
  return {
    ...{ accountId, statusId, emailId, acceptedAtMs, startedAtMs, atMs, recipient: to },
    ...(trace !== undefined && { trace }),
    ...(from !== undefined && { from }),
    ...(replyTo.length > 0 && { replyTo }),
    ...(cc.length > 0 && { cc }),
    ...(bcc.length > 0 && { bcc }),
    ...(sendId !== undefined && { sendId }),
  };
}
