import { z } from 'zod';
import { pageQuery } from './page-query.ts';

/** Parameters of `GET /v1/sites`. */
export const SiteListQuery = z.strictObject({
  ip: z.string().max(45).optional().meta({ description: 'Only what leaves from this address.' }),
  site: z.string().max(300).optional().meta({ description: 'Only this site, `google.com` for example.' }),
  ...pageQuery({ limitDefault: 100 }),
});
export type SiteListQuery = z.infer<typeof SiteListQuery>;

/** What a reply brought about: a site is left alone or gets less for a time. */
export const SiteOverrideView = z
  .object({
    id: z.string().meta({ description: 'For `DELETE /v1/sites/overrides/{id}`.' }),
    rule: z.string().meta({
      description:
        'The rule of shaping.yaml by block and name, or `replies.` and the class of reply that suspended.',
    }),
    kind: z.enum(['suspend', 'slow']),
    state: z.enum(['in force', 'recovering']).meta({
      description: 'recovering: what was taken comes back in steps until `endsAt`.',
    }),
    reply: z.string().meta({ description: 'What the receiver said, without mail addresses.' }),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    endsAt: z.iso.datetime(),
  })
  .meta({ id: 'SiteOverride' });

/** How one site gets mail from one address. */
export const SiteView = z
  .object({
    site: z.string().meta({ description: 'A group of domains that share a set of mail hosts.' }),
    ip: z.string().meta({ description: 'The address that mail leaves from.' }),
    rules: z
      .string()
      .meta({ description: 'The block of shaping.yaml that holds: `defaults`, `google.com`.' }),
    limits: z
      .object({
        connections: z.int(),
        messagesPerConnection: z.int(),
        messageRate: z.string(),
        burst: z.int(),
      })
      .meta({ description: 'What the rules say, counted over all dispatchers.' }),
    inForce: z
      .object({
        connections: z.int(),
        messagesPerMinute: z.number(),
        suspendedUntil: z.iso.datetime().optional(),
      })
      .meta({ description: 'What holds now, with the overrides.' }),
    openConnections: z.int(),
    lineEndsAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When the last message in line may go; absent where none waits.' }),
    overrides: z.array(SiteOverrideView),
  })
  .meta({ id: 'Site' });
export type SiteView = z.infer<typeof SiteView>;

/** The answer of `GET /v1/sites`. */
export const SitePage = z
  .object({
    results: z.array(SiteView),
    paging: z.object({ next: z.object({ after: z.string() }) }).optional(),
  })
  .meta({ id: 'SitePage' });
export type SitePage = z.infer<typeof SitePage>;
