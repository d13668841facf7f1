import type { PoolName, StatusId, SubmissionItem } from '@posthorn/contracts';
import {
  type Mailbox,
  needsSmtpUtf8,
  parseMailbox,
  readSubmittedHeader,
  type SubmittedHeader,
} from '@posthorn/mail';
import { isFault, type Logger } from '@posthorn/runtime';
import type { RenderAccount } from '../account-scope.ts';
import { type Drop, drop, type Wait } from '../outcome.ts';
import { databaseWait, unreadableKeyWait } from '../prepare-send.ts';
import type { Sender, Senders } from '../senders.ts';

/** A To recipient's send of a submitted message, and whether it may leave. */
export type SubmittedSend = Readonly<{ statusId: StatusId; to: string; mailbox: Mailbox | undefined }>;

/** A submitted message of which everything is known that leaves it or drops it. */
export type PreparedSubmission = Readonly<{
  kind: 'prepared';
  item: SubmissionItem;
  header: SubmittedHeader & { from: Mailbox };
  account: RenderAccount;
  sender: Sender;
  /** The account's; undefined: the installation's default. */
  pool: PoolName | undefined;
  sends: readonly SubmittedSend[];
  /** An address of the envelope needs SMTPUTF8. */
  needsSmtpUtf8: boolean;
}>;

export type PrepareSubmission = (item: SubmissionItem) => Promise<PreparedSubmission | Drop | Wait>;

/**
 * Makes what looks up a submitted message's account and keys, and decides whether it may leave. Submission refused in its
 * dialogue what it could see; this is for what changed since: an account suspended, a domain that is not verified any more.
 */
export function createPrepareSubmission(deps: {
  accounts: { get: (key: string) => Promise<RenderAccount | null> };
  senders: Senders;
  random: () => number;
  log: Logger;
}): PrepareSubmission {
  return async (item) => {
    const header = readSubmittedHeader(item.raw);
    const { from } = header;
    if (header.isTooLong) return drop('CORRUPT_INPUT', 'The message’s header is too long.');
    if (!from) return drop('INVALID_FROM_ADDRESS', 'The message’s From is not one email address.');
    try {
      const account = await deps.accounts.get(String(item.accountId));
      if (!account) return drop('CORRUPT_INPUT', 'The account does not exist.');
      if (account.isSuspended) return drop('PORTAL_SUSPENDED', 'This account may not send now.');
      const sender = await deps.senders.find(item.accountId, from.domain);
      return sender ? prepared(item, { ...header, from }, account, sender) : unconfigured(from);
    } catch (error) {
      if (isFault(error, 'unavailable')) return databaseWait(deps.random);
      if (!isFault(error, 'misconfigured')) throw error;
      const { accountId, id } = item;
      deps.log.error({ accountId, statusId: id, err: error }, 'dkim key cannot be read');
      return unreadableKeyWait;
    }
  };
}

function unconfigured({ domain }: Mailbox): Drop {
  return drop(
    'UNCONFIGURED_SENDING_DOMAIN',
    `${domain} is not a verified sending domain: connect it and publish its DNS records.`,
  );
}

function prepared(
  item: SubmissionItem,
  header: PreparedSubmission['header'],
  account: RenderAccount,
  sender: Sender,
): PreparedSubmission {
  const sends = item.sends.map(({ statusId, to }) => ({ statusId, to, mailbox: mailboxOf(to) }));
  const others = [header.from, ...item.copies.map(mailboxOf)];
  const mailboxes = [...sends.map(({ mailbox }) => mailbox), ...others].filter((one) => one !== undefined);
  return {
    ...{ kind: 'prepared', item, header, account, sender, sends, pool: account.settings.pool },
    needsSmtpUtf8: mailboxes.some(needsSmtpUtf8),
  };
}

function mailboxOf(text: string): Mailbox | undefined {
  const parsed = parseMailbox(text);
  return parsed.kind === 'mailbox' ? parsed.mailbox : undefined;
}
