import { z } from 'zod';

/** The tenant everything belongs to; HubSpot's portal id, an int32 on its wire. */
export const AccountId = z.int().positive().max(2_147_483_647);
export type AccountId = z.infer<typeof AccountId>;

/** An authored email's id; HubSpot types it int64, ours stays within what JSON carries exactly (2^53 − 1). */
export const EmailId = z.int().positive();
export type EmailId = z.infer<typeof EmailId>;

/** A send's id: a UUID of version 8 that holds its time and a MAC, see `statusId` in `@posthorn/mail`. */
export const StatusId = z.uuid();
export type StatusId = z.infer<typeof StatusId>;

/** One envelope recipient of one send: `<statusId>:<index>`, To first, then Cc, then Bcc. */
export const DeliveryId = z.string().regex(/^[0-9a-f-]{36}:\d{1,4}$/);
export type DeliveryId = z.infer<typeof DeliveryId>;

/** The delivery id of envelope recipient `index` (0 is the To recipient). */
export function deliveryIdOf(statusId: StatusId, index: number): DeliveryId {
  return `${statusId}:${index}`;
}
