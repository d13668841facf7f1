import { randomInt } from 'node:crypto';
import type { AccountId, EmailId } from '@posthorn/contracts';

/** A random account id of 8 or 9 digits, as HubSpot's portal ids look. Whether it is unused, `_id` decides at insert. */
export function newAccountId(): AccountId {
  return randomInt(10_000_000, 1_000_000_000);
}

/** A random email id of 11 or 12 digits, unique over all accounts once it is inserted. */
export function newEmailId(): EmailId {
  return randomInt(10_000_000_000, 1_000_000_000_000 - 1);
}

/** A random id of 13 digits for an SMTP token's campaign: emails have fewer, so that what is filed under one is never the other's. */
export function newCampaignId(): EmailId {
  return randomInt(1_000_000_000_000, 10_000_000_000_000);
}
