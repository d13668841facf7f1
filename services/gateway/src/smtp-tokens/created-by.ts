import type { Principal } from '../auth/principal.ts';

/**
 * Who made a token: HubSpot answers the email address of a user, and clients may read it as one. A key has no user, so
 * it is named in that shape. It is a name only; the token does not end with the key.
 */
export function createdByOf({ keyId, accountId }: Principal): string {
  return `${keyId}@${accountId}.keys.posthorn`;
}
