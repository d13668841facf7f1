import type { Attachment, SendItem, SingleSendRequest } from '@posthorn/contracts';
import { currentTraceParent } from '@posthorn/runtime';
import type { PublishedVersions } from './published-versions.ts';
import type { Seed } from './seed.ts';

/** The render lane's postbox, as far as the gateway uses it. */
export type SendPostbox = Readonly<{
  post: (item: SendItem) => Promise<void>;
  postAll: (items: readonly SendItem[]) => Promise<void>;
}>;

/** A request that was validated, its attachments decoded, and its place in the call. */
export type ValidSend = Readonly<{
  index: number;
  request: SingleSendRequest;
  attachments: Attachment[];
}>;

export type AcceptSendsDeps = Readonly<{ versions: PublishedVersions; sends: SendPostbox }>;

/**
 * Makes the acceptance of sends: resolves each email's published version and posts them.
 *
 * Resolves when all are on disk in Redis: they are accepted. Rejects with `Fault('unavailable')` when that is not
 * certain; some may then be on disk all the same, which an idempotency key or a `sendId` makes harmless (row B14).
 */
export function createAcceptSends({ versions, sends }: AcceptSendsDeps) {
  return async (accountId: number, valid: readonly ValidSend[], seed: Seed): Promise<void> => {
    const items = await Promise.all(valid.map((send) => itemOf(versions, accountId, send, seed)));
    const [only] = items;
    if (items.length === 1 && only) await sends.post(only);
    else if (items.length > 1) await sends.postAll(items);
  };
}
export type AcceptSends = ReturnType<typeof createAcceptSends>;

async function itemOf(
  versions: PublishedVersions,
  accountId: number,
  { index, request, attachments }: ValidSend,
  { acceptedAtMs, statusIds, requestKey }: Seed,
): Promise<SendItem> {
  const { emailId, message, contactProperties, customProperties } = request;
  const statusId = statusIds[index];
  if (statusId === undefined) throw new RangeError('every send needs a statusId');
  const version = await versions.find(accountId, emailId);
  const trace = currentTraceParent();
  return {
    statusId,
    accountId,
    acceptedAtMs,
    emailId,
    to: message.to,
    replyTo: message.replyTo ?? [],
    cc: message.cc ?? [],
    bcc: message.bcc ?? [],
    contactProperties: contactProperties ?? {},
    customProperties: customProperties ?? {},
    attachments,
    ...(trace && { trace }),
    ...(version !== undefined && { version }),
    ...(message.from && { from: message.from }),
    ...(message.sendId && { sendId: message.sendId }),
    ...(requestKey && { requestKey: `${requestKey}-${index}` }),
  };
}
