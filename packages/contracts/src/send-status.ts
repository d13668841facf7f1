import { z } from 'zod';
import { SendResult } from './send-result.ts';

export const SendState = z.enum(['PENDING', 'PROCESSING', 'CANCELED', 'COMPLETE']);
export type SendState = z.infer<typeof SendState>;

/** HubSpot's `EmailSendStatusView`; dates are ISO 8601 in UTC with milliseconds. */
export const SendStatusView = z.object({
  statusId: z.string(),
  status: SendState,
  requestedAt: z.iso.datetime().optional(),
  startedAt: z.iso.datetime().optional(),
  completedAt: z.iso.datetime().optional(),
  sendResult: SendResult.optional(),
  eventId: z.object({ id: z.uuid(), created: z.iso.datetime() }).optional(),
  message: z.string().optional(),
});
export type SendStatusView = z.infer<typeof SendStatusView>;
