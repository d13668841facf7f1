import type { EmailVersion, SendItem } from '@posthorn/contracts';
import { isFault, type Logger } from '@posthorn/runtime';
import type { RenderAccount } from './account-scope.ts';
import { type Envelope, envelopeOf, mailboxOf } from './envelope.ts';
import { type Drop, drop, type Wait } from './outcome.ts';
import type { Sender, Senders } from './senders.ts';
import type { RenderSend } from './work/render-task.ts';

/** A send of which everything is known but its contact. */
export type PreparedSend = Readonly<{
  kind: 'prepared';
  item: SendItem;
  envelope: Envelope;
  from: RenderSend['from'];
  account: RenderAccount;
  version: EmailVersion;
  versionKey: string;
  sender: Sender;
}>;

export type PrepareDeps = Readonly<{
  accounts: { get: (key: string) => Promise<RenderAccount | null> };
  versions: { get: (key: string) => Promise<EmailVersion | null> };
  senders: Senders;
  random: () => number;
  log: Logger;
}>;

/** Makes what looks up a send's account, email and keys, and decides whether it may leave. */
export function createPrepareSend(
  deps: PrepareDeps,
): (item: SendItem) => Promise<PreparedSend | Drop | Wait> {
  return async (item) => {
    const envelope = envelopeOf(item);
    if (envelope.kind === 'drop') return envelope;
    try {
      return await lookUp(item, envelope, deps);
    } catch (error) {
      return waitFor(error, item, deps);
    }
  };
}

/** How long a send waits for MongoDB: not all at the same moment. */
export function databaseWait(random: () => number): Wait {
  return { kind: 'wait', delayMs: Math.round(2_000 + 3_000 * random()), reason: 'database is away' };
}

const keyWaitMs = 60_000;

/** A key that cannot be read is an operator's to mend; until then the domain's mail waits, unsigned it never leaves (row F53). */
export const unreadableKeyWait: Wait = {
  kind: 'wait',
  delayMs: keyWaitMs,
  reason: 'DKIM key cannot be read',
};

function waitFor(error: unknown, item: SendItem, { random, log }: PrepareDeps): Wait {
  if (isFault(error, 'unavailable')) return databaseWait(random);
  if (!isFault(error, 'misconfigured')) throw error;
  log.error({ accountId: item.accountId, statusId: item.statusId, err: error }, 'dkim key cannot be read');
  return unreadableKeyWait;
}

async function lookUp(item: SendItem, envelope: Envelope, deps: PrepareDeps): Promise<PreparedSend | Drop> {
  const { accountId, emailId } = item;
  const versionKey = `${accountId}:${emailId}:${item.version}`;
  const [account, version] = await Promise.all([
    deps.accounts.get(String(accountId)),
    item.version === undefined ? null : deps.versions.get(versionKey),
  ]);
  if (account?.isSuspended) return drop('PORTAL_SUSPENDED', 'This account may not send now.');
  if (!version) return drop('MISSING_CONTENT', 'There is no published email with this emailId.');
  if (!account) return drop('CORRUPT_INPUT', 'The account does not exist.');
  const from = fromOf(envelope, version);
  if (!from) return drop('INVALID_FROM_ADDRESS', 'The email’s from address is not an email address.');
  const sender = await deps.senders.find(accountId, from.domain);
  if (!sender)
    return drop(
      'UNCONFIGURED_SENDING_DOMAIN',
      `${from.domain} is not a verified sending domain: connect it and publish its DNS records.`,
    );
  return {
    kind: 'prepared',
    item,
    envelope: withReplyTo(envelope, version),
    from,
    account,
    version,
    versionKey,
    sender,
  };
}

/** A From in the request replaces the email's, name and address together. */
function fromOf({ from }: Envelope, { fromAddress }: EmailVersion): RenderSend['from'] | undefined {
  if (from) return from;
  const own = mailboxOf(fromAddress);
  return own && { ...own, name: null };
}

function withReplyTo(envelope: Envelope, { replyTo }: EmailVersion): Envelope {
  const own = replyTo === undefined || envelope.replyTo.length > 0 ? undefined : mailboxOf(replyTo);
  return own ? { ...envelope, replyTo: [own] } : envelope;
}
