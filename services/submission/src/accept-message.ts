import { createHash } from 'node:crypto';
import type { SubmissionItem } from '@posthorn/contracts';
import {
  hasUnsendableLine,
  inspectStatusId,
  isMessageId,
  type Keyring,
  type Mailbox,
  readSubmittedHeader,
  type StatusIdIssuer,
} from '@posthorn/mail';
import { type Clock, currentTraceParent, isFault, type Logger } from '@posthorn/runtime';
import type { StoredSmtpToken } from '@posthorn/store';
import type { MaySendFrom } from './from-domains.ts';
import { type ChosenSends, chooseSends } from './message/choose-sends.ts';
import { type Field, readHeader, valuesOf } from './message/read-header.ts';
import { type Repeats, repeatKeyOf, type Seed } from './repeats.ts';
import { refusals, type SmtpRefusal } from './smtp/smtp-refusal.ts';
import { countSends } from './telemetry.ts';

/** A message that was received whole, and who sends it to whom. */
export type Submitted = Readonly<{
  raw: string;
  token: StoredSmtpToken;
  /** Of the envelope. */
  recipients: readonly Mailbox[];
  isUtf8: boolean;
  /** Whether the account wants a Message-ID to be accepted once. */
  dedupesMessageId: boolean;
}>;

export type Accepted =
  | Readonly<{ kind: 'accepted'; statusId: string }>
  | Readonly<{ kind: 'refused'; refusal: SmtpRefusal }>;

export type AcceptMessageDeps = Readonly<{
  /** Resolves when the item is on disk; rejects with an `unavailable` Fault while it cannot be. */
  post: (item: SubmissionItem) => Promise<void>;
  maySendFrom: MaySendFrom;
  repeats: Repeats;
  statusIds: StatusIdIssuer;
  keyring: Keyring;
  clock: Clock;
  log: Logger;
}>;

/**
 * Makes the acceptance of a message: all that can be refused is refused here, in the dialogue; what is accepted is on
 * disk in Redis.
 *
 * A refusal after the post began may still have posted: a client that repeats such a message sends it twice, unless it
 * has a key (`X-Posthorn-Idempotency-Key`, or its Message-ID where the account says so).
 */
export function createAcceptMessage(deps: AcceptMessageDeps) {
  const { maySendFrom, statusIds, repeats, clock, log } = deps;

  function newSeed(accountId: number, count: number): Seed {
    const acceptedAtMs = clock.nowMs();
    return {
      acceptedAtMs,
      statusIds: Array.from({ length: count }, () => statusIds.issue(accountId, acceptedAtMs)),
    };
  }

  /** Everything that can be said of the message without posting it. */
  async function judge(submitted: Submitted): Promise<Readonly<{ fields: readonly Field[] }> | SmtpRefusal> {
    const header = readHeader(submitted.raw, submitted);
    if (header.kind === 'refused') return header.refusal;
    const { fields } = header;
    if (isOwnMail(deps, submitted.token, fields)) return refusals.loop();
    if (hasUnsendableLine(submitted.raw)) return refusals.lineOfPart();
    const { from, track } = readSubmittedHeader(submitted.raw);
    if (track === 'invalid') return refusals.trackWish();
    if (!from) return refusals.fromMissing();
    const isGood = await maySendFrom(submitted.token.accountId, from.domain);
    return isGood ? { fields } : refusals.fromNotVerified();
  }

  async function accept(submitted: Submitted): Promise<Accepted> {
    const judged = await judge(submitted);
    if (!('fields' in judged)) return { kind: 'refused', refusal: judged };
    const { accountId } = submitted.token;
    const chosen = chooseSends(submitted.recipients, judged.fields);
    const key = keyOf(submitted, judged.fields);
    if (key instanceof Error) return { kind: 'refused', refusal: key };

    const fresh = newSeed(accountId, chosen.to.length);
    const claimed =
      key === undefined ? { kind: 'post' as const, seed: fresh } : await repeats.claim(key, fresh);
    const { seed } = claimed;
    if (seed.statusIds.length !== chosen.to.length)
      return { kind: 'refused', refusal: refusals.otherMessage() };
    if (claimed.kind === 'post') {
      await deps.post(itemOf(submitted, chosen, seed, key));
      countSends(chosen.to.length);
      // Where this is lost, a repeat posts the same sends again, which the renderer knows.
      if (key !== undefined) await repeats.confirm(key, seed).catch(() => log.warn('repeat not confirmed'));
    }
    return { kind: 'accepted', statusId: seed.statusIds[0] ?? '' };
  }

  return async (submitted: Submitted): Promise<Accepted> => {
    try {
      return await accept(submitted);
    } catch (error) {
      if (!isFault(error, 'unavailable')) log.error({ err: error }, 'message could not be accepted');
      return { kind: 'refused', refusal: refusals.cannotStore() };
    }
  };
}
export type AcceptMessage = ReturnType<typeof createAcceptMessage>;

/** Mail of ours that came back to be sent again would go round for ever (row S19). */
function isOwnMail(
  { keyring }: AcceptMessageDeps,
  { accountId }: StoredSmtpToken,
  fields: readonly Field[],
): boolean {
  return valuesOf(fields, 'x-hubspot-mid').some(
    (value) => inspectStatusId(keyring, accountId, value).kind === 'issued',
  );
}

/** What makes a repeat of the message known as one; undefined where nothing does. */
function keyOf(
  { token: { accountId }, recipients, dedupesMessageId }: Submitted,
  fields: readonly Field[],
): string | SmtpRefusal | undefined {
  const addresses = recipients.map(({ address }) => address.toLowerCase());
  const given = valuesOf(fields, 'x-posthorn-idempotency-key');
  if (given.length > 0) {
    const [value = ''] = given;
    if (given.length > 1 || !/^[ -~]{1,256}$/.test(value)) return refusals.idempotencyKey();
    return repeatKeyOf(accountId, { kind: 'key', value }, addresses);
  }
  const [messageId] = valuesOf(fields, 'message-id');
  if (!dedupesMessageId || messageId === undefined || !isMessageId(messageId)) return undefined;
  return repeatKeyOf(accountId, { kind: 'message-id', value: messageId }, addresses);
}

/** The moment is part of the request's key: the same one, used again after its day, is a new request to the renderer too. */
function itemOf(
  { raw, token }: Submitted,
  { to, copies }: ChosenSends,
  { acceptedAtMs, statusIds }: Seed,
  key: string | undefined,
): SubmissionItem {
  const trace = currentTraceParent();
  const requestKey = key && createHash('sha256').update(`${key}\0${acceptedAtMs}`).digest('hex');
  return {
    id: statusIds[0] ?? '',
    accountId: token.accountId,
    tokenId: token.id,
    emailId: token.emailCampaignId,
    createContact: token.createContact,
    acceptedAtMs,
    sends: to.map((address, index) => ({ statusId: statusIds[index] ?? '', to: address })),
    copies: [...copies],
    raw,
    ...(trace && { trace }),
    ...(requestKey && { requestKey }),
  };
}
