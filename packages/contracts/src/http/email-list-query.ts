import { z } from 'zod';
import { Instant } from './instant.ts';
import { pageQuery } from './page-query.ts';

const Flag = z.boolean();
const many = z.array(z.string().max(100)).max(100);

/** Parameters every read of an email takes; Posthorn returns the whole email whatever they say. */
export const EmailReadQuery = z.strictObject({
  archived: Flag.optional(),
  includeStats: Flag.optional(),
  includedProperties: many.optional(),
  marketingCampaignNames: Flag.optional(),
  variantStats: Flag.optional(),
  workflowNames: Flag.optional(),
});
export type EmailReadQuery = z.infer<typeof EmailReadQuery>;

/** The columns a list of emails can be ordered by; with `-` in front, descending. A key has no user, so `…By` orders as `createdAt`. */
export const EmailSort = z.enum([
  'name',
  '-name',
  'createdAt',
  '-createdAt',
  'updatedAt',
  '-updatedAt',
  'publishedAt',
  '-publishedAt',
  'createdBy',
  '-createdBy',
  'updatedBy',
  '-updatedBy',
]);
export type EmailSort = z.infer<typeof EmailSort>;

/** Parameters of `GET /marketing/v3/emails` (facts: HubSpot, section 5.2). */
export const EmailListQuery = EmailReadQuery.extend({
  ...pageQuery({ limitDefault: 100 }),
  createdAt: Instant.optional(),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedAt: Instant.optional(),
  updatedAfter: Instant.optional(),
  updatedBefore: Instant.optional(),
  publishedAt: Instant.optional(),
  publishedAfter: Instant.optional(),
  publishedBefore: Instant.optional(),
  isPublished: Flag.optional(),
  campaign: z.string().max(255).optional().meta({ description: 'Only emails with this `campaign`.' }),
  type: many.optional().meta({ description: 'Only emails of one of these types.' }),
  sort: z
    .array(EmailSort)
    .max(10)
    .optional()
    .meta({ description: 'The first one counts; `createdAt` unless given.' }),
});
export type EmailListQuery = z.infer<typeof EmailListQuery>;
