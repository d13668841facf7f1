import { type Keyring, openCursor, sealCursor } from '@posthorn/mail';
import { Fault } from '@posthorn/runtime';

/** Names the list that a cursor belongs to, and the account whose list it is. */
export type CursorOf = Readonly<{
  list: 'emails' | 'suppressions' | 'domains' | 'smtp-tokens' | 'sites' | 'accounts';
  accountId: number;
}>;

/** Seals the store's paging cursors, so that only those we gave out come back, to the list and account they are of. */
export type Cursors = Readonly<{
  seal: (of: CursorOf, cursor: string) => string;
  /** Returns the cursor; throws `invalid_request` where it was forged, altered, or is another list's or account's (row A09). */
  open: (of: CursorOf, sealed: string | undefined) => string | undefined;
}>;

/** Returns cursors sealed under the installation's keys. */
export function createCursors(keyring: Keyring): Cursors {
  const contextOf = ({ list, accountId }: CursorOf) => `${list}\0${accountId}`;
  return {
    seal: (of, cursor) => sealCursor(keyring, contextOf(of), cursor),
    open: (of, sealed) => {
      if (sealed === undefined) return undefined;
      const cursor = openCursor(keyring, contextOf(of), sealed);
      if (cursor !== null) return cursor;
      throw new Fault('invalid_request', 'The paging cursor `after` is not one of this list.');
    },
  };
}
