import { z } from 'zod';
import { AnyJson } from './any-json.ts';
import { Instant } from './instant.ts';
import { StoredObject } from './stored-json.ts';

/*
 * Parts of HubSpot's `PublicEmail` that Posthorn keeps and returns and does not act on. They have HubSpot's types and
 * enums, because a typed client that meets another value cannot read the whole list it is in.
 */

const text = z.string().max(10_000).nullish();
const int32 = z.int().min(-2_147_483_648).max(2_147_483_647).nullish();
const flag = z.boolean().nullish();
const ids = z.array(z.string().max(100)).max(10_000).nullish();

const Recipients = z.strictObject({ include: ids, exclude: ids }).nullish();

/** HubSpot's `PublicEmailToDetails`. */
export const EmailTo = z
  .strictObject({
    contactIds: Recipients,
    contactLists: Recipients,
    contactIlsLists: Recipients,
    limitSendFrequency: flag,
    suppressGraymail: flag,
  })
  .meta({ id: 'EmailTo' });

/** HubSpot's `PublicEmailSubscriptionDetails`. */
export const EmailSubscriptionDetails = z
  .strictObject({
    officeLocationId: text,
    preferencesGroupId: text,
    subscriptionId: text,
    subscriptionName: text,
  })
  .meta({ id: 'EmailSubscriptionDetails' });

/** HubSpot's `PublicWebversionDetails`. */
export const EmailWebversion = z
  .strictObject({
    enabled: flag,
    domain: text,
    slug: text,
    url: text,
    title: text,
    metaDescription: text,
    expiresAt: Instant.nullish(),
    pageExpiryEnabled: flag,
    isPageRedirected: flag,
    redirectToUrl: text,
    redirectToPageId: text,
  })
  .meta({ id: 'EmailWebversion' });

/** HubSpot's `PublicRssEmailDetails`. */
export const EmailRssData = z
  .strictObject({
    blogEmailType: text,
    blogImageMaxWidth: int32,
    blogLayout: z.enum(['FULL_POST', 'SUMMARY_NO_FEATURED_IMAGE', 'SUMMARY_WITH_FEATURED_IMAGE']).nullish(),
    hubspotBlogId: text,
    maxEntries: int32,
    rssEntryTemplate: text,
    timing: StoredObject.nullish(),
    url: text,
    useHeadlineAsSubject: flag,
  })
  .meta({ id: 'EmailRssData' });

const AbKind = z
  .enum([
    'master',
    'variant',
    'loser_variant',
    'mab_master',
    'mab_variant',
    'automated_master',
    'automated_variant',
    'automated_loser_variant',
  ])
  .nullish();

/** HubSpot's `PublicEmailTestingDetails`. */
export const EmailTesting = z
  .strictObject({
    testId: text,
    isAbVariation: flag,
    abStatus: AbKind,
    abSampleSizeDefault: AbKind,
    abSamplingDefault: AbKind,
    abSuccessMetric: z.enum(['CLICKS_BY_DELIVERED', 'CLICKS_BY_OPENS', 'OPENS_BY_DELIVERED']).nullish(),
    abTestPercentage: int32,
    hoursToWait: int32,
  })
  .meta({ id: 'EmailTesting' });

const FontStyle = z
  .strictObject({ bold: flag, italic: flag, underline: flag, color: text, font: text, size: int32 })
  .nullish();

const size = z.number().nullish();

/** HubSpot's `PublicEmailStyleSettings`. */
export const EmailStyleSettings = z
  .strictObject({
    backgroundColor: text,
    backgroundImage: text,
    backgroundImageType: z.enum(['REPEAT', 'SINGLE', 'STRETCH']).nullish(),
    bodyBorderColor: text,
    bodyBorderColorChoice: text,
    bodyBorderWidth: size,
    bodyColor: text,
    buttonStyleSettings: z
      .strictObject({ backgroundColor: AnyJson.optional(), cornerRadius: int32, fontStyle: FontStyle })
      .nullish(),
    colorPickerFavorite1: text,
    colorPickerFavorite2: text,
    colorPickerFavorite3: text,
    colorPickerFavorite4: text,
    colorPickerFavorite5: text,
    colorPickerFavorite6: text,
    dividerStyleSettings: z
      .strictObject({ color: AnyJson.optional(), height: int32, lineType: text })
      .nullish(),
    emailBodyPadding: text,
    emailBodyWidth: text,
    headingOneFont: FontStyle,
    headingTwoFont: FontStyle,
    linksFont: FontStyle,
    primaryAccentColor: text,
    primaryFont: text,
    primaryFontColor: text,
    primaryFontLineHeight: text,
    primaryFontSize: size,
    secondaryAccentColor: text,
    secondaryFont: text,
    secondaryFontColor: text,
    secondaryFontLineHeight: text,
    secondaryFontSize: size,
  })
  .meta({ id: 'EmailStyleSettings' });
