import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** Seals the store's paging cursors, so that none but those we gave out come back, to the account that got them. */
export type Cursors = Readonly<{
  seal: (accountId: number, cursor: string) => string;
  /** The cursor, or null where it was forged, altered or given to another account (row A09). */
  open: (accountId: number, sealed: string) => string | null;
}>;

/** HMAC-SHA-256 cut to 128 bits, behind a dot. */
const macLength = 22;

/** Seals with HMAC-SHA-256 over the account and the cursor. */
export function createCursors(key: KeyObject): Cursors {
  const macOf = (accountId: number, cursor: string): string =>
    createHmac('sha256', key).update(`${accountId}\0${cursor}`).digest('base64url').slice(0, macLength);
  return {
    seal: (accountId, cursor) => `${cursor}.${macOf(accountId, cursor)}`,
    open: (accountId, sealed) => {
      const at = sealed.lastIndexOf('.');
      const cursor = sealed.slice(0, Math.max(at, 0));
      const given = Buffer.from(sealed.slice(at + 1));
      const right = Buffer.from(macOf(accountId, cursor));
      return given.length === right.length && timingSafeEqual(given, right) ? cursor : null;
    },
  };
}
