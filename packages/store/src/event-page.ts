import type { Event } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { EventQuery } from './events.ts';

/** Where a page of events ended: opaque to callers. */
export type EventCursor = string;

/** The filter of one page, newest first. Throws `invalid_request` for a cursor that no list made. */
export function eventPageFilter({ accountId, emailId, type, fromMs = 0, toMs, after }: EventQuery) {
  const cursor = after === undefined ? undefined : readCursor(after);
  const latestMs = Math.min(toMs ?? Number.MAX_SAFE_INTEGER, cursor?.atMs ?? Number.MAX_SAFE_INTEGER);
  return {
    accountId,
    ...(emailId === undefined ? {} : { emailId }),
    ...(type === undefined ? {} : { type }),
    atMs: { $gte: fromMs, $lte: latestMs },
    ...(cursor ? { $or: [{ atMs: { $lt: cursor.atMs } }, { _id: { $lt: cursor.id } }] } : {}),
  };
}

/** The cursor that continues after `last`. */
export function nextEventCursor({ atMs, id }: Event): EventCursor {
  return `${atMs}.${id}`;
}

function readCursor(cursor: EventCursor): { atMs: number; id: string } {
  const [, atMs, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(cursor) ?? [];
  if (!atMs || !id) throw new Fault('invalid_request', 'The paging offset is not one of this list.');
  return { atMs: Number(atMs), id };
}
