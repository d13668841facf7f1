import type { EmailListQuery } from '@posthorn/contracts';
import type { EmailQuery, EmailRepository, EmailSortField, TimeRange } from '@posthorn/store';
import type { Cursors } from '../http/cursors.ts';

/** HubSpot's default page. */
const defaultLimit = 100;

/** Reads one page of an account's emails. Throws `Fault('invalid_request')` for a cursor that is not ours (row A09). */
export function createListEmails({
  emails,
  cursors,
}: {
  emails: Pick<EmailRepository, 'list'>;
  cursors: Cursors;
}) {
  return async (accountId: number, query: EmailListQuery) => {
    const list = { list: 'emails', accountId } as const;
    const after = cursors.open(list, query.after);
    const page = await emails.list({
      ...storeQueryOf(accountId, query),
      ...(after !== undefined && { after }),
    });
    return { ...page, nextCursor: page.nextCursor && cursors.seal(list, page.nextCursor) };
  };
}
export type ListEmails = ReturnType<typeof createListEmails>;

function storeQueryOf(accountId: number, query: EmailListQuery): EmailQuery {
  const { limit, isPublished, type, campaign, archived, sort } = query;
  return {
    accountId,
    limit: limit ?? defaultLimit,
    ...(isPublished !== undefined && { isPublished }),
    ...(archived !== undefined && { archived }),
    ...(type && { types: type }),
    ...(campaign !== undefined && { campaign }),
    created: rangeOf(query.createdAt, query.createdAfter, query.createdBefore),
    updated: rangeOf(query.updatedAt, query.updatedAfter, query.updatedBefore),
    published: rangeOf(query.publishedAt, query.publishedAfter, query.publishedBefore),
    ...(sort?.[0] !== undefined && { sort: sortOf(sort[0]) }),
  };
}

function rangeOf(at?: string, after?: string, before?: string): TimeRange {
  return {
    ...(at && { atMs: Date.parse(at) }),
    ...(after && { afterMs: Date.parse(after) }),
    ...(before && { beforeMs: Date.parse(before) }),
  };
}

const sortFields: readonly EmailSortField[] = ['createdAt', 'updatedAt', 'publishedAt', 'name'];

function sortOf(sort: string): { field: EmailSortField; descending: boolean } {
  const name = sort.replace(/^-/, '');
  return {
    field: sortFields.find((field) => field === name) ?? 'createdAt',
    descending: sort.startsWith('-'),
  };
}
