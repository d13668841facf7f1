import type { DomainListQuery } from '@posthorn/contracts';
import type { Domain, DomainRepository } from '@posthorn/store';
import type { Cursors } from '../http/cursors.ts';

const defaultLimit = 100;

/** A page of an account's domains by name. */
export type ListDomains = (
  accountId: number,
  query: DomainListQuery,
) => Promise<{ total: number; domains: Domain[]; nextCursor: string | undefined }>;

/** Makes it. It throws `invalid_request` for a cursor that is not ours (row A09). */
export function createListDomains({
  domains,
  cursors,
}: {
  domains: Pick<DomainRepository, 'list' | 'count'>;
  cursors: Cursors;
}): ListDomains {
  return async (accountId, { after, limit = defaultLimit }) => {
    const list = { list: 'domains', accountId } as const;
    const name = cursors.open(list, after) ?? '';
    const [total, found] = await Promise.all([
      domains.count(accountId),
      domains.list(accountId, { after: name, limit: limit + 1 }),
    ]);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return { total, domains: page, nextCursor: last && cursors.seal(list, last.domain) };
  };
}
