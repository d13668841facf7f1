import type { AccountId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

/** Times between which something happened, both exclusive, in Unix milliseconds (HubSpot's `…After` and `…Before`). */
export type TimeRange = Readonly<{ afterMs?: number; beforeMs?: number; atMs?: number }>;

/** What can be sorted by. `publishedAt` puts emails that were never published first. */
export type EmailSortField = 'createdAt' | 'updatedAt' | 'publishedAt' | 'name';

/** Which of an account's emails to list. Without `archived`, those that are not. */
export type EmailQuery = Readonly<{
  accountId: AccountId;
  /** At least 1. */
  limit: number;
  /** `nextCursor` of the page before. */
  after?: string;
  isPublished?: boolean;
  /** One of these. */
  types?: readonly string[];
  /** The draft's `campaign`; emails that an older release wrote have it from their next change on. */
  campaign?: string;
  archived?: boolean;
  created?: TimeRange;
  updated?: TimeRange;
  published?: TimeRange;
  /** Oldest first unless said otherwise. */
  sort?: { field: EmailSortField; descending: boolean };
}>;

const columns = {
  createdAt: 'createdAtMs',
  updatedAt: 'updatedAtMs',
  publishedAt: 'publishedAtMs',
  name: 'name',
} as const satisfies Record<EmailSortField, string>;

type SortableDoc = { _id: number } & Record<(typeof columns)[EmailSortField], number | string>;

/** What every page of the query has in common. */
export function emailFilter(query: EmailQuery) {
  return {
    accountId: query.accountId,
    archived: query.archived ?? false,
    deletedAtMs: { $exists: false },
    ...(query.isPublished === undefined ? {} : { isPublished: query.isPublished }),
    ...(query.types === undefined ? {} : { type: { $in: [...query.types] } }),
    ...(query.campaign === undefined ? {} : { campaign: query.campaign }),
    ...rangeOn('createdAtMs', query.created),
    ...rangeOn('updatedAtMs', query.updated),
    ...rangeOn('publishedAtMs', query.published),
  };
}

/** The filter of the page after `query.after`. */
export function emailPageFilter(query: EmailQuery) {
  const filter = emailFilter(query);
  if (query.after === undefined) return filter;

  const { column, descending } = orderOf(query);
  const [value, id] = readCursor(query.after, column);
  const past = descending ? '$lt' : '$gt';
  return {
    $and: [filter, { $or: [{ [column]: { [past]: value } }, { [column]: value, _id: { [past]: id } }] }],
  };
}

/** The order of the query, made total by the id. */
export function emailSort(query: EmailQuery): Record<string, 1 | -1> {
  const { column, descending } = orderOf(query);
  const direction = descending ? -1 : 1;
  return { [column]: direction, _id: direction };
}

/** The cursor that continues after `last`: opaque to callers. */
export function nextEmailCursor(query: EmailQuery, last: SortableDoc | undefined): string | undefined {
  return last && Buffer.from(JSON.stringify([last[orderOf(query).column], last._id])).toString('base64url');
}

function orderOf({ sort }: EmailQuery) {
  return { column: columns[sort?.field ?? 'createdAt'], descending: sort?.descending ?? false };
}

const NumberCursor = z.tuple([z.number(), z.int()]);
const TextCursor = z.tuple([z.string(), z.int()]);

function readCursor(cursor: string, column: string): [number | string, number] {
  const schema = column === 'name' ? TextCursor : NumberCursor;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new Fault('invalid_request', 'The paging cursor `after` is not one of this list.', { cause });
  }
}

function rangeOn(column: string, range: TimeRange | undefined) {
  if (!range) return {};
  const { afterMs, beforeMs, atMs } = range;
  const bounds = {
    ...(afterMs === undefined ? {} : { $gt: afterMs }),
    ...(beforeMs === undefined ? {} : { $lt: beforeMs }),
    ...(atMs === undefined ? {} : { $eq: atMs }),
  };
  return Object.keys(bounds).length ? { [column]: bounds } : {};
}
