import type { Action, RecipientStatus } from './parse/report.ts';

/** Of two reports about one recipient the more final counts. */
const ranks: Readonly<Record<Action, number>> = {
  failed: 4,
  delivered: 3,
  relayed: 2,
  expanded: 1,
  delayed: 0,
};

/**
 * What a report says about our recipient: of the groups that name it the most final. Where none does, as when the mail
 * was forwarded, it failed only if it failed for everybody it was forwarded to.
 */
export function chooseStatus(
  recipients: readonly RecipientStatus[],
  recipient: string,
): RecipientStatus | undefined {
  const named = recipients.filter(({ addresses }) => addresses.includes(recipient.toLowerCase()));
  if (named.length > 0) return named.toSorted((a, b) => ranks[b.action] - ranks[a.action])[0];
  const ofNobody = recipients.find(({ addresses }) => addresses.length === 0);
  return recipients.find(({ action }) => action !== 'failed') ?? ofNobody ?? recipients[0];
}
