import { Fault } from '@posthorn/runtime';
import type { SmtpToken, StoredSmtpToken } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';

type Row = StoredSmtpToken & { isDeleted?: boolean };

/** For tests: the store's SMTP tokens in a map, and the notices in a list; both throw while what they stand for is away. */
export function createFakeSmtpTokens(answer: <T>(value: T) => T, requireRedis: () => void) {
  const tokens = new Map<string, Row>();
  const notices: string[] = [];
  const tokenNotices: ApiDeps['tokenNotices'] = {
    changed: async (id) => {
      requireRedis();
      notices.push(id);
    },
  };
  return { tokens, notices, tokenNotices, smtpTokens: createRepository(tokens, answer) };
}

function createRepository(
  rows: Map<string, Row>,
  answer: <T>(value: T) => T,
): ApiDeps['store']['smtpTokens'] {
  const living = (accountId: number, id: string) => {
    const row = answer(rows.get(id));
    return row?.accountId === accountId && !row.isDeleted ? row : null;
  };
  const isAlive = (row: Row, atMs = 0) => !row.isDeleted && (row.expiresAtMs ?? Infinity) > atMs;
  return {
    insert: async (token) => {
      if (answer(rows.has(token.id))) throw new Fault('conflict', 'This SMTP token id is taken.');
      rows.set(token.id, token);
    },
    find: async (id) => {
      const row = answer(rows.get(id));
      return row && !row.isDeleted ? row : null;
    },
    findCampaign: async (accountId, id) => {
      const row = answer(rows.get(id));
      return row?.accountId === accountId ? shown(row) : null;
    },
    list: async ({ accountId, limit, after = '0', campaignName, emailCampaignId, aliveAtMs }) => {
      const all = [...answer(rows).values()]
        .filter((row) => row.accountId === accountId && isAlive(row, aliveAtMs))
        .filter((row) => campaignName === undefined || row.campaignName === campaignName)
        .filter((row) => emailCampaignId === undefined || row.emailCampaignId === emailCampaignId);
      const end = Number(after) + limit;
      return {
        tokens: all.slice(Number(after), end).map(shown),
        ...(end < all.length && { nextCursor: String(end) }),
      };
    },
    count: async (accountId, atMs) =>
      [...answer(rows).values()].filter((row) => row.accountId === accountId && isAlive(row, atMs)).length,
    reset: async (accountId, id, digest) => {
      const row = living(accountId, id);
      if (!row) return null;
      const changed = { ...row, digest, generation: row.generation + 1 };
      rows.set(id, changed);
      return shown(changed);
    },
    remove: async (accountId, id) => {
      const row = living(accountId, id);
      if (row) rows.set(id, { ...row, isDeleted: true });
      return row !== null;
    },
  };
}

function shown({ digest: _, isDeleted: __, ...token }: Row): SmtpToken {
  return token;
}
