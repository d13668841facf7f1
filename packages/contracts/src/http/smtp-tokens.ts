import { z } from 'zod';
import { AccountId, EmailId } from '../ids.ts';
import { pageQuery } from './page-query.ts';
import { EmailCounters, EmailRatios, StatisticsInterval } from './statistics.ts';

/** Most SMTP tokens of one account; HubSpot names no limit. */
export const smtpTokensPerAccountMax = 1_000;

/** HubSpot's number of the app that something belongs to. Posthorn is one app. */
export const posthornAppId = 1;

const CampaignName = z.string().max(255).regex(/\S/, 'must not be empty');

/** The body of `POST /marketing/v3/transactional/smtp-tokens` (facts: HubSpot, section 2). */
export const SmtpApiTokenRequestEgg = z
  .strictObject({
    campaignName: CampaignName.meta({ description: 'What the mail sent with it is counted under.' }),
    createContact: z.boolean().meta({ description: 'Whether recipients that are no contacts become some.' }),
  })
  .meta({ id: 'SmtpApiTokenRequestEgg' });
export type SmtpApiTokenRequestEgg = z.infer<typeof SmtpApiTokenRequestEgg>;

/** Parameters of `GET /marketing/v3/transactional/smtp-tokens`. */
export const SmtpTokenListQuery = z.strictObject({
  campaignName: z.string().max(255).optional().meta({ description: 'Only those with exactly this name.' }),
  emailCampaignId: z.string().max(30).optional(),
  ...pageQuery({ limitDefault: 100 }),
});
export type SmtpTokenListQuery = z.infer<typeof SmtpTokenListQuery>;

/** A token, as it is answered. */
export const SmtpApiTokenView = z
  .object({
    id: z.string().meta({ description: 'The user name. In a path, its @ is written %40.' }),
    campaignName: z.string(),
    emailCampaignId: z.string(),
    createContact: z.boolean(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    password: z.string().optional().meta({ description: 'In the answers to create and reset only.' }),
  })
  .meta({ id: 'SmtpApiTokenView' });
export type SmtpApiTokenView = z.infer<typeof SmtpApiTokenView>;

/** A page of tokens, oldest first; `paging` is absent where there is no other page. */
export const SmtpTokenPage = z
  .object({
    results: z.array(SmtpApiTokenView),
    paging: z.object({ next: z.object({ after: z.string() }) }).optional(),
  })
  .meta({ id: 'CollectionResponseSmtpApiTokenViewForwardPaging' });
export type SmtpTokenPage = z.infer<typeof SmtpTokenPage>;

/** The body of `POST /email/public/v1/smtpapi/tokens`. */
export const LegacySmtpTokenRequest = z
  .strictObject({
    campaignName: CampaignName,
    createdBy: z
      .string()
      .min(1)
      .max(320)
      .nullish()
      .meta({ description: 'The email address of whoever asks; the key unless given.' }),
  })
  .meta({ id: 'LegacySmtpTokenRequest' });
export type LegacySmtpTokenRequest = z.infer<typeof LegacySmtpTokenRequest>;

/** A token, as version 1 answers it. */
export const LegacySmtpToken = z
  .object({
    portalId: AccountId,
    userName: z.string(),
    emailCampaignId: EmailId,
    createdAt: z.int().meta({ description: 'Unix time in milliseconds.' }),
    deleted: z.boolean(),
    createdBy: z.string(),
    appId: z.int(),
    campaignName: z.string(),
    password: z.string().optional().meta({ description: 'In the answers to create and reset only.' }),
    passwordHash: z.null(),
  })
  .meta({ id: 'LegacySmtpToken' });
export type LegacySmtpToken = z.infer<typeof LegacySmtpToken>;

export const LegacySmtpTokenList = z.array(LegacySmtpToken);
export type LegacySmtpTokenList = z.infer<typeof LegacySmtpTokenList>;

/** The answer of `GET /v1/smtp-tokens/{tokenId}/statistics`. */
export const SmtpTokenStatistics = z
  .object({
    id: z.string(),
    campaignName: z.string(),
    emailCampaignId: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional().meta({ description: 'Absent: it does not expire.' }),
    from: z.iso.datetime().meta({ description: 'As asked, down to the start of the interval.' }),
    to: z.iso.datetime().meta({ description: 'Exclusive; as asked, up to the end of the interval.' }),
    interval: StatisticsInterval,
    counters: EmailCounters,
    ratios: EmailRatios,
    reasons: z.object({
      dropped: z.record(z.string(), z.int()).meta({ description: 'By `sendResult`.' }),
      bounce: z.record(z.string(), z.int()).meta({ description: 'By category.' }),
    }),
    series: z
      .array(
        z.object({
          start: z.iso.datetime(),
          end: z.iso.datetime(),
          counters: EmailCounters,
          ratios: EmailRatios,
        }),
      )
      .meta({ description: 'Every interval from `from` to `to`, also those in which nothing happened.' }),
  })
  .meta({ id: 'SmtpTokenStatistics' });
export type SmtpTokenStatistics = z.infer<typeof SmtpTokenStatistics>;
