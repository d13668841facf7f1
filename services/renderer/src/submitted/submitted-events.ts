import type { SubmissionItem } from '@posthorn/contracts';
import { type DispatchItem, deliveryIdOf, type Event } from '@posthorn/contracts';
import { eventIdOf, issueReturnPath } from '@posthorn/mail';
import type { Drop } from '../outcome.ts';
import type { DispatchOptions } from '../send-events.ts';
import type { Share } from './portions.ts';
import type { PreparedSubmission, SubmittedSend } from './prepare-submission.ts';

export type Moment = Readonly<{ startedAtMs: number; atMs: number }>;

/** A share's renditions: one for each of its sends, then that of Cc and Bcc where it has it. */
export type Written = Readonly<{
  renditions: readonly string[];
  needsSmtpUtf8: boolean;
  trace?: string | undefined;
}>;

/** The dispatch items of a share: a tracked rendition for each To, an untracked one for Cc and Bcc together. */
export function submittedDispatchItems(
  share: Share,
  written: Written,
  options: DispatchOptions,
): DispatchItem[] {
  const { submission } = share.ready;
  const { item, account, sender, needsSmtpUtf8 } = submission;
  const { keyring, returnPathHost, maxAgeMs } = options;
  const host = sender.returnPathHost ?? returnPathHost;
  const common = {
    accountId: item.accountId,
    emailId: item.emailId,
    acceptedAtMs: item.acceptedAtMs,
    smtpUtf8: needsSmtpUtf8 || written.needsSmtpUtf8,
    expiresAtMs: item.acceptedAtMs + maxAgeMs,
    onAmbiguous: account.settings.onAmbiguous,
    ...(written.trace !== undefined && { trace: written.trace }),
  };
  const make = (
    { statusId }: SubmittedSend,
    { suffix, first, addresses, rendition = '' }: MakeInput,
  ): DispatchItem => ({
    ...{ ...common, id: `${statusId}-${suffix}`, statusId, rendition },
    returnPath: issueReturnPath(keyring, {
      ...{ statusId, accountId: item.accountId, deliveryIndex: first, host, atMs: item.acceptedAtMs },
    }),
    recipients: addresses.map((address, index) => ({
      ...{ deliveryId: deliveryIdOf(statusId, first + index), address },
    })),
  });

  const items = share.sends.map((send, index) => {
    const addresses = [send.mailbox?.address ?? send.to];
    return make(send, { suffix: 't', first: 0, addresses, rendition: written.renditions[index] });
  });
  const [owner] = share.sends;
  if (!share.hasCopies || !owner) return items;
  const rendition = written.renditions[share.sends.length];
  return [...items, make(owner, { suffix: 'u', first: 1, addresses: item.copies, rendition })];
}

type MakeInput = Readonly<{
  suffix: 't' | 'u';
  first: number;
  addresses: readonly string[];
  rendition: string | undefined;
}>;

/** Each send of a share was handed to dispatch; the one that Cc and Bcc belong to names them. */
export function submittedSentEvents(
  share: Share,
  { trace }: Pick<Written, 'trace'>,
  moment: Moment,
): Event[] {
  const { submission } = share.ready;
  const { from, subject } = submission.header;
  return share.sends.map((send, index) => ({
    type: 'SENT',
    ...baseOf(submission.item, send, 'SENT', moment),
    recipient: send.mailbox?.address ?? send.to,
    subject,
    from: from.name === '' ? from.address : `${from.name} <${from.address}>`,
    ...(submission.header.replyTo !== undefined && { replyTo: [submission.header.replyTo] }),
    ...(share.hasCopies && index === 0 && copiesOf(submission)),
    ...(trace !== undefined && { trace }),
  }));
}

/** A send that will not leave. */
export function submittedDroppedEvent(
  item: SubmissionItem,
  send: Pick<SubmittedSend, 'statusId' | 'to'>,
  { reason, message }: Drop,
  moment: Moment,
): Event {
  return {
    type: 'DROPPED',
    ...baseOf(item, send, 'DROPPED', moment),
    recipient: send.to,
    dropReason: reason,
    ...(message !== undefined && { dropMessage: message }),
    ...(item.trace !== undefined && { trace: item.trace }),
  };
}

function baseOf(
  { accountId, emailId, acceptedAtMs }: SubmissionItem,
  { statusId }: Pick<SubmittedSend, 'statusId'>,
  type: 'SENT' | 'DROPPED',
  { startedAtMs, atMs }: Moment,
) {
  return { id: eventIdOf(statusId, type), accountId, statusId, emailId, acceptedAtMs, startedAtMs, atMs };
}

/** Those that the header names in Cc, and those that it does not. */
function copiesOf({ item, header }: PreparedSubmission): { cc?: string[]; bcc?: string[] } {
  const shown = header.cc.toLowerCase();
  const { cc = [], bcc = [] } = Object.groupBy(item.copies, (address) =>
    shown.includes(address.toLowerCase()) ? 'cc' : 'bcc',
  );
  return { ...(cc.length > 0 && { cc }), ...(bcc.length > 0 && { bcc }) };
}
