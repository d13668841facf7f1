import { z } from 'zod';
import { PoolName } from '../pool-name.ts';
import {
  EmailRssData,
  EmailStyleSettings,
  EmailSubscriptionDetails,
  EmailTesting,
  EmailTo,
  EmailWebversion,
} from './email-details.ts';
import { EmailLanguage } from './email-languages.ts';
import { EmailSubcategory } from './email-subcategories.ts';
import { Instant } from './instant.ts';
import { StoredObject } from './stored-json.ts';

const text = (max: number) => z.string().max(max);

/** The sender of an email. In HubSpot's words `replyTo` is the From address, and Reply-To unless `customReplyTo` is given. */
export const EmailFrom = z
  .strictObject({
    fromName: text(1_000).nullish(),
    replyTo: text(1_000).nullish().meta({ description: 'The From address.' }),
    customReplyTo: text(1_000)
      .nullish()
      .meta({ description: 'Reply-To, where it differs from the From address.' }),
  })
  .meta({ id: 'EmailFrom' });
export type EmailFrom = z.infer<typeof EmailFrom>;

const widgets = StoredObject.meta({
  description:
    'HubSpot modules by name. The HTML is that of `widgets.<name>.body.html`, joined in the order of `flexAreas`, else of `order`, else as written; the module `preview_text` holds the preview text in `body.value`.',
});

/** What is written in an email: HubSpot's `PublicEmailContent`, or simply `html`. */
export const EmailContent = z
  .strictObject({
    html: text(1_000_000).nullish().meta({
      description: 'The whole HTML. Beyond HubSpot; where it is given, the HTML of `widgets` is not used.',
    }),
    plainTextVersion: text(1_000_000)
      .nullish()
      .meta({ description: 'Made from the HTML where it is not given.' }),
    templatePath: text(1_000).nullish(),
    widgets: widgets.nullish(),
    flexAreas: StoredObject.nullish(),
    widgetContainers: StoredObject.nullish(),
    smartFields: StoredObject.nullish(),
    styleSettings: EmailStyleSettings.nullish(),
    themeSettingsValues: StoredObject.nullish(),
  })
  .meta({ id: 'EmailContent' });
export type EmailContent = z.infer<typeof EmailContent>;

/** HubSpot types some ids as strings and shows them as numbers; both are taken (facts, section 5.2). */
const looseId = z.union([text(100), z.int()]);

/** Kept and returned; Posthorn does not act on them yet. */
export const keptEmailFields = {
  activeDomain: text(255).nullish(),
  businessUnitId: looseId.nullish(),
  campaign: text(255).nullish(),
  folderIdV2: looseId.nullish(),
  jitterSendTime: z.boolean().nullish(),
  language: EmailLanguage.nullish(),
  publishDate: Instant.nullish(),
  rssData: EmailRssData.nullish(),
  sendOnPublish: z.boolean().nullish(),
  subscriptionDetails: EmailSubscriptionDetails.nullish(),
  testing: EmailTesting.nullish(),
  to: EmailTo.nullish(),
  webversion: EmailWebversion.nullish(),
};

const authored = {
  subject: text(10_000).nullish(),
  from: EmailFrom.nullish(),
  content: EmailContent.nullish(),
  subcategory: EmailSubcategory.nullish(),
  state: z
    .string()
    .max(60)
    .nullish()
    .meta({ description: 'Only the state it is in may be given; publish and unpublish change it.' }),
  archived: z.boolean().nullish().meta({ description: 'Only false may be given; DELETE archives.' }),
  pool: PoolName.nullish().meta({
    description:
      'The pool of sending IPs that it leaves by, once it is published; the account’s unless given. Beyond HubSpot.',
  }),
  ...keptEmailFields,
};

const Name = z.string().min(1).max(1_000);

/** HubSpot's `EmailCreateRequest`: only `name` is required. */
export const EmailCreateRequest = z
  .strictObject({ name: Name, feedbackSurveyId: looseId.nullish(), ...authored })
  .meta({ id: 'EmailCreateRequest' });
export type EmailCreateRequest = z.infer<typeof EmailCreateRequest>;

/** HubSpot's `EmailUpdateRequest`: what is given replaces what was there, field by field. */
export const EmailUpdateRequest = z
  .strictObject({ name: Name.nullish(), ...authored })
  .meta({ id: 'EmailUpdateRequest' });
export type EmailUpdateRequest = z.infer<typeof EmailUpdateRequest>;

const Moment = z.iso.datetime();

/** HubSpot's `PublicEmail`. */
export const PublicEmail = z
  .object({
    id: z.string(),
    name: z.string(),
    subject: z.string(),
    type: z.string().meta({ description: 'SINGLE_SEND_API unless `subcategory` says otherwise.' }),
    subcategory: z.string(),
    state: z.string().meta({ description: 'AUTOMATED_DRAFT until published, then AUTOMATED.' }),
    isPublished: z.boolean(),
    isTransactional: z.boolean(),
    isAb: z.boolean(),
    archived: z.boolean(),
    sendOnPublish: z.boolean(),
    emailTemplateMode: z.string(),
    from: EmailFrom,
    content: EmailContent,
    to: EmailTo,
    createdAt: Moment,
    updatedAt: Moment,
    publishedAt: Moment.optional(),
    unpublishedAt: Moment.optional(),
    deletedAt: Moment.optional(),
    primaryEmailCampaignId: z.string().optional(),
    allEmailCampaignIds: z.array(z.string()).optional(),
    activeDomain: z.string().optional(),
    businessUnitId: z.string().optional(),
    campaign: z.string().optional(),
    feedbackSurveyId: z.string().optional(),
    folderIdV2: z.int().optional(),
    jitterSendTime: z.boolean().optional(),
    language: EmailLanguage.optional(),
    pool: PoolName.optional(),
    publishDate: z.string().optional(),
    rssData: EmailRssData.optional(),
    subscriptionDetails: EmailSubscriptionDetails.optional(),
    testing: EmailTesting.optional(),
    webversion: EmailWebversion.optional(),
  })
  .meta({ id: 'PublicEmail' });
export type PublicEmail = z.infer<typeof PublicEmail>;

/** A page of emails; `paging` is absent where there is no other page. */
export const EmailPage = z
  .object({
    total: z.int().min(0),
    results: z.array(PublicEmail),
    paging: z
      .object({
        next: z.object({ after: z.string(), link: z.string().optional() }).optional(),
        prev: z.object({ before: z.string(), link: z.string().optional() }).optional(),
      })
      .optional(),
  })
  .meta({ id: 'EmailPage' });
export type EmailPage = z.infer<typeof EmailPage>;
