import { z } from 'zod';

/**
 * HubSpot's `sendResult` values that Posthorn emits or may emit: the 43 that the Node SDK 13.5 model lists, so
 * that old typed clients never meet one they do not know.
 */
export const SendResult = z.enum([
  'SENT',
  'QUEUED',
  'IDEMPOTENT_IGNORE',
  'IDEMPOTENT_FAIL',
  'PORTAL_SUSPENDED',
  'INVALID_TO_ADDRESS',
  'INVALID_FROM_ADDRESS',
  'BLOCKED_ADDRESS',
  'BLOCKED_DOMAIN',
  'PREVIOUSLY_BOUNCED',
  'PREVIOUS_SPAM',
  'MISSING_CONTENT',
  'MISSING_REQUIRED_PARAMETER',
  'MISSING_TEMPLATE_PROPERTIES',
  'TEMPLATE_RENDER_EXCEPTION',
  'TOO_MANY_RECIPIENTS',
  'UNCONFIGURED_SENDING_DOMAIN',
  'UNDELIVERABLE',
  'VALIDATION_FAILED',
  'CORRUPT_INPUT',
  'EMAIL_DISABLED',
  'MTA_IGNORE',
  'THROTTLED',
  'ADDRESS_ONLY_ACCEPTED_ON_PROD',
  'CAMPAIGN_CANCELLED',
  'PORTAL_OVER_LIMIT',
  'PORTAL_EXPIRED',
]);
export type SendResult = z.infer<typeof SendResult>;
