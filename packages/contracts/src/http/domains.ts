import { z } from 'zod';
import { pageQuery } from './page-query.ts';

/** Most sending domains of one account (facts: HubSpot, section 4). */
export const domainsPerAccountMax = 2_000;

const HostName = z.string().min(1).max(255);

/** The body of `POST /v1/domains`. */
export const DomainCreateRequest = z
  .strictObject({
    domain: HostName.meta({
      description: 'What stands behind the @ of your From addresses; IDNs in letters or as A-labels.',
    }),
    returnPathHost: HostName.nullish().meta({
      description: 'The host below the domain that bounces come back to; `bounces.<domain>` unless given.',
    }),
    trackingHost: HostName.nullish().meta({
      description: 'The host below the domain that links and pixels point at; `links.<domain>` unless given.',
    }),
  })
  .meta({ id: 'DomainCreateRequest' });
export type DomainCreateRequest = z.infer<typeof DomainCreateRequest>;

/** Parameters of `GET /v1/domains`. */
export const DomainListQuery = z.strictObject({
  ...pageQuery({ limitDefault: 100 }),
});
export type DomainListQuery = z.infer<typeof DomainListQuery>;

/** One DNS record to publish, and what was seen of it. */
export const DomainRecord = z
  .object({
    host: z.string().meta({ description: 'The full name of the record, without a final dot.' }),
    type: z.enum(['TXT', 'MX', 'CNAME']),
    value: z.string().meta({ description: 'As in a zone file: an MX has its preference in front.' }),
    strings: z.array(z.string()).optional().meta({
      description: 'A TXT value in strings of at most 255 characters, for providers that want it so.',
    }),
    purpose: z.string(),
    required: z.boolean().meta({ description: 'Whether sending waits for it.' }),
    state: z.enum(['pending', 'verified', 'failing']).meta({
      description:
        'pending: not seen yet. failing: something else was found, or it was there and is gone. Trouble in asking the DNS never changes it.',
    }),
    message: z.string().optional().meta({ description: 'What is wrong and what to do.' }),
    found: z.array(z.string()).optional().meta({ description: 'What was found instead.' }),
    checkedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'DomainRecord' });
export type DomainRecord = z.infer<typeof DomainRecord>;

/** A sending domain, as it is answered. */
export const DomainView = z
  .object({
    id: z.uuid(),
    domain: z.string().meta({ description: 'Lower case, IDN labels as A-labels.' }),
    displayName: z.string().meta({ description: 'As people write it.' }),
    state: z.enum(['pending', 'verified', 'failing']).meta({
      description: 'failing: it was verified, and a required record is not right any more.',
    }),
    canSend: z.boolean(),
    sendsUntil: z.iso
      .datetime()
      .optional()
      .meta({ description: 'A failing domain goes on sending until then.' }),
    message: z.string().optional().meta({ description: 'What the state means for you now.' }),
    returnPathHost: z.string(),
    trackingHost: z.string(),
    createdAt: z.iso.datetime(),
    verifiedAt: z.iso.datetime().optional(),
    checkedAt: z.iso.datetime().optional(),
    nextCheckAt: z.iso.datetime(),
    records: z.array(DomainRecord),
  })
  .meta({ id: 'Domain' });
export type DomainView = z.infer<typeof DomainView>;

/** A page of sending domains by name; `paging` is absent where there is no other page. */
export const DomainPage = z
  .object({
    total: z.int().min(0),
    results: z.array(DomainView),
    paging: z.object({ next: z.object({ after: z.string() }) }).optional(),
  })
  .meta({ id: 'DomainPage' });
export type DomainPage = z.infer<typeof DomainPage>;
