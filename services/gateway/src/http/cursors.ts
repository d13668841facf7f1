import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Fault } from '@posthorn/runtime';

/** Names the list that a cursor belongs to, and the account whose list it is. */
export type CursorOf = Readonly<{
  list: 'emails' | 'suppressions' | 'domains' | 'smtp-tokens' | 'sites';
  accountId: number;
}>;

/** Seals the store's paging cursors, so that only those we gave out come back, to the list and account they are of. */
export type Cursors = Readonly<{
  seal: (of: CursorOf, cursor: string) => string;
  /** Returns the cursor; throws `invalid_request` where it was forged, altered, or is another list's or account's (row A09). */
  open: (of: CursorOf, sealed: string | undefined) => string | undefined;
}>;

/** HMAC-SHA-256 cut to 128 bits, behind a dot. */
const macLength = 22;

/** Returns cursors sealed with HMAC-SHA-256 over the list, the account and the cursor. */
export function createCursors(key: KeyObject): Cursors {
  const macOf = ({ list, accountId }: CursorOf, cursor: string): string =>
    createHmac('sha256', key)
      .update(`${list}\0${accountId}\0${cursor}`)
      .digest('base64url')
      .slice(0, macLength);
  return {
    seal: (of, cursor) => `${cursor}.${macOf(of, cursor)}`,
    open: (of, sealed) => {
      if (sealed === undefined) return undefined;
      const at = sealed.lastIndexOf('.');
      const cursor = sealed.slice(0, Math.max(at, 0));
      const given = Buffer.from(sealed.slice(at + 1));
      const right = Buffer.from(macOf(of, cursor));
      if (given.length === right.length && timingSafeEqual(given, right)) return cursor;
      throw new Fault('invalid_request', 'The paging cursor `after` is not one of this list.');
    },
  };
}
