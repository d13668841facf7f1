import type { AccountId, EmailId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

/** Which of an account's SMTP tokens to list. */
export type SmtpTokenQuery = Readonly<{
  accountId: AccountId;
  /** At least 1. */
  limit: number;
  /** `nextCursor` of the page before. */
  after?: string;
  /** Only those with exactly this name. */
  campaignName?: string;
  emailCampaignId?: EmailId;
  /** Only those that have not expired at this time; without it, all that are not deleted. */
  aliveAtMs?: number;
}>;

/** Oldest first; the id makes the order total. */
export const tokenSort = { createdAtMs: 1, _id: 1 } as const;

/** What every page of the query has in common. */
export function tokenFilter(query: Omit<SmtpTokenQuery, 'limit' | 'after'>) {
  const { accountId, campaignName, emailCampaignId, aliveAtMs } = query;
  return {
    accountId,
    isDeleted: false,
    ...(campaignName !== undefined && { campaignName }),
    ...(emailCampaignId !== undefined && { emailCampaignId }),
    ...(aliveAtMs !== undefined && { expiresAtMs: { $not: { $lte: aliveAtMs } } }),
  };
}

/** The filter of the page after `query.after`. */
export function tokenPageFilter(query: SmtpTokenQuery) {
  const filter = tokenFilter(query);
  if (query.after === undefined) return filter;
  const [createdAtMs, id] = readCursor(query.after);
  return { ...filter, $or: [{ createdAtMs: { $gt: createdAtMs } }, { createdAtMs, _id: { $gt: id } }] };
}

/** The cursor that continues after `last`: opaque to callers. */
export function nextTokenCursor({ createdAtMs, id }: { createdAtMs: number; id: string }): string {
  return Buffer.from(JSON.stringify([createdAtMs, id])).toString('base64url');
}

const Cursor = z.tuple([z.number(), z.string()]);

function readCursor(cursor: string): [number, string] {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new Fault('invalid_request', 'The paging cursor `after` is not one of this list.', { cause });
  }
}
