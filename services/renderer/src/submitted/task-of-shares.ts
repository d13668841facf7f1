import type { MessageToWrite, SubmittedTask } from '../work/submitted-task.ts';
import type { Share } from './portions.ts';
import type { PreparedSubmission } from './prepare-submission.ts';

/**
 * What the threads are given of some shares, in their order.
 *
 * A message that asks for none of the four kinds of tracking in `X-Posthorn-Track` asked for something, so it has none.
 */
export function taskOfShares(shares: readonly Share[]): SubmittedTask {
  return {
    keys: Object.fromEntries(
      shares.map(({ ready: { submission } }) => [signWithOf(submission), submission.sender.keys]),
    ),
    messages: shares.map(messageOf),
  };
}

function messageOf({ ready: { submission }, sends, hasCopies }: Share): MessageToWrite {
  const { item, header, account, sender } = submission;
  const { id, accountId, emailId, acceptedAtMs, raw } = item;
  const { track = 'all' } = header;
  const [first] = sends;
  const tracked = sends.map(({ statusId }) => ({ statusId, isTracked: true }));
  const untracked = hasCopies && first ? [{ statusId: first.statusId, isTracked: false }] : [];
  return {
    ...{ raw, id, accountId, emailId, acceptedAtMs, signWith: signWithOf(submission) },
    fromDomain: header.from.domain,
    ...(sender.trackingUrl !== undefined && { trackingUrl: sender.trackingUrl }),
    tracksOpens: account.settings.trackOpens && (track === 'all' || track === 'opens'),
    tracksClicks: account.settings.trackClicks && (track === 'all' || track === 'clicks'),
    isHeaderOnly: false,
    copies: [...tracked, ...untracked],
  };
}

function signWithOf({ item, header }: PreparedSubmission): string {
  return `${item.accountId}:${header.from.domain}`;
}
