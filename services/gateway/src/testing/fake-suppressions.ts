import type { SuppressedAddress } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';

/** For tests: the store's suppressions in a map; `answer` throws while MongoDB is to be away. */
export function createFakeSuppressions(
  answer: <T>(value: T) => T,
): ApiDeps['store']['suppressions'] & { rows: Map<string, SuppressedAddress> } {
  const rows = new Map<string, SuppressedAddress>();
  return {
    rows,
    addMany: async (added) => {
      for (const { accountId, email, origin, atMs, eventId = '', statusId = '', ...said } of answer(added)) {
        const { status = '', reason = '' } = said;
        const key = `${accountId}:${email}`;
        const origins = { ...rows.get(key)?.origins, [origin]: { atMs, eventId, statusId, status, reason } };
        rows.set(key, { email, origins });
      }
    },
    findMany: async (accountId, emails) =>
      new Map(
        answer(emails).flatMap((email) => {
          const row = rows.get(`${accountId}:${email}`);
          return row ? [[email, row] as const] : [];
        }),
      ),
    remove: async (accountId, email) => answer(rows.delete(`${accountId}:${email}`)),
    list: async ({ accountId, limit, origin, after = '' }) => {
      const all = [...answer(rows)]
        .filter(([key, { email, origins }]) => {
          return key.startsWith(`${accountId}:`) && email > after && (!origin || origins[origin]);
        })
        .map(([, row]) => row)
        .sort((a, b) => (a.email < b.email ? -1 : 1));
      const suppressions = all.slice(0, limit);
      const last = all.length > limit ? suppressions.at(-1) : undefined;
      return { suppressions, ...(last && { nextCursor: last.email }) };
    },
  };
}
