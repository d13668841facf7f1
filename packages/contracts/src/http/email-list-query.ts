import { z } from 'zod';
import { pageQuery } from './page-query.ts';

const Instant = z.iso.datetime({ offset: true }).meta({ description: 'ISO 8601.' });
const Flag = z.enum(['true', 'false']);
const many = z.union([z.string().max(100), z.array(z.string().max(100)).max(100)]);

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

/** The columns a list of emails can be ordered by; with `-` in front, descending. */
export const EmailSort = z.enum([
  'name',
  '-name',
  'createdAt',
  '-createdAt',
  'updatedAt',
  '-updatedAt',
  'publishedAt',
  '-publishedAt',
]);
export type EmailSort = z.infer<typeof EmailSort>;

/** Parameters of `GET /marketing/v3/emails` (facts: HubSpot, section 5.2). */
export const EmailListQuery = EmailReadQuery.extend({
  ...pageQuery({ limitDefault: 10 }),
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
  type: z.string().max(60).optional(),
  sort: z.union([EmailSort, z.tuple([EmailSort])]).optional(),
});
export type EmailListQuery = z.infer<typeof EmailListQuery>;
