import { z } from 'zod';

/** One thing that is wrong with a request: HubSpot's `ErrorDetail`. */
export const ErrorDetail = z
  .object({
    message: z.string().meta({ description: 'What is wrong and what would be right.' }),
    code: z.string().optional().meta({ description: 'A stable name of the kind of mistake.' }),
    in: z
      .string()
      .optional()
      .meta({ description: 'The field it is about, as a path: `message.to`, `sends.3.emailId`.' }),
    subCategory: z.string().optional(),
    context: z.record(z.string(), z.array(z.string())).optional(),
  })
  .meta({ id: 'ErrorDetail' });
export type ErrorDetail = z.infer<typeof ErrorDetail>;

/** The body of every answer that is not a success, in HubSpot's shape (facts: HubSpot, section 7). */
export const ErrorBody = z
  .object({
    status: z.literal('error'),
    message: z.string(),
    correlationId: z.uuid().meta({ description: 'Quote it when you ask about this answer.' }),
    category: z
      .string()
      .meta({ description: 'VALIDATION_ERROR, INVALID_AUTHENTICATION, MISSING_SCOPES, RATE_LIMITS, …' }),
    subCategory: z.string().optional(),
    errors: z.array(ErrorDetail).optional(),
    context: z.record(z.string(), z.array(z.string())).optional(),
    links: z.record(z.string(), z.string()).optional(),
    policyName: z
      .string()
      .optional()
      .meta({ description: 'With 429: the limit that was met, `TEN_SECONDLY_ROLLING`.' }),
    errorType: z.string().optional().meta({ description: 'With 429: `RATE_LIMIT`.' }),
  })
  .meta({ id: 'Error', description: 'Why a request was refused or failed.' });
export type ErrorBody = z.infer<typeof ErrorBody>;
