import { z } from 'zod';

/** HubSpot's bounce categories, hard ones first (facts: events API, BOUNCE). */
export const BounceCategory = z.enum([
  'UNKNOWN_USER',
  'CONTENT',
  'SPAM',
  'POLICY',
  'HUBSPOT_GLOBAL_BOUNCE',
  'MAILBOX_FULL',
  'GREYLISTING',
  'MAILBOX_MISCONFIGURATION',
  'ISP_MISCONFIGURATION',
  'IP_REPUTATION',
  'DOMAIN_REPUTATION',
  'DMARC',
  'DNS_FAILURE',
  'SENDING_DOMAIN_MISCONFIGURATION',
  'TEMPORARY_PROBLEM',
  'TIMEOUT',
  'THROTTLED',
  'UNCATEGORIZED',
  'FILTERED',
]);
export type BounceCategory = z.infer<typeof BounceCategory>;
