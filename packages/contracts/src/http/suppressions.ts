import { z } from 'zod';
import { pageQuery } from './page-query.ts';

export const SuppressionOriginName = z.enum(['bounce', 'complaint', 'manual']);

/** The body of `POST /v1/suppressions`. */
export const SuppressionCreateRequest = z
  .strictObject({
    email: z.string().min(1).max(320),
    reason: z.string().max(500).nullish().meta({ description: 'Why, for whoever looks at it later.' }),
  })
  .meta({ id: 'SuppressionCreateRequest' });
export type SuppressionCreateRequest = z.infer<typeof SuppressionCreateRequest>;

/** Parameters of `GET /v1/suppressions`. */
export const SuppressionListQuery = z.strictObject({
  origin: SuppressionOriginName.optional().meta({ description: 'Only those with this reason.' }),
  ...pageQuery({ limitDefault: 100 }),
});
export type SuppressionListQuery = z.infer<typeof SuppressionListQuery>;

/** One reason for which an address is on the list. */
const SuppressionReason = z.object({
  origin: SuppressionOriginName,
  at: z.iso.datetime(),
  reason: z.string().optional(),
  status: z.string().optional().meta({ description: 'The code of the bounce, for example 5.1.1.' }),
  statusId: z.string().optional().meta({ description: 'The send that bounced or was complained about.' }),
  eventId: z.string().optional(),
});

/** An address on the list. */
export const SuppressionView = z
  .object({
    email: z.string(),
    origins: z.array(SuppressionReason).meta({ description: 'The latest reason of each kind.' }),
  })
  .meta({ id: 'Suppression' });
export type SuppressionView = z.infer<typeof SuppressionView>;

/** The answer of `GET /v1/suppressions`. */
export const SuppressionPage = z
  .object({
    results: z.array(SuppressionView),
    paging: z.object({ next: z.object({ after: z.string() }) }).optional(),
  })
  .meta({ id: 'SuppressionPage' });
export type SuppressionPage = z.infer<typeof SuppressionPage>;
