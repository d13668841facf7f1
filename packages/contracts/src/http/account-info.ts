import { z } from 'zod';
import { AccountId } from '../ids.ts';
import { StoredObject } from './stored-json.ts';

/** The answer of `GET /account-info/v3/details`. */
export const AccountDetails = z
  .object({
    portalId: AccountId,
    accountType: z.literal('STANDARD'),
    timeZone: z.string(),
    utcOffset: z.string(),
    utcOffsetMilliseconds: z.int(),
    companyCurrency: z.string(),
    additionalCurrencies: z.array(z.string()),
    uiDomain: z.string().meta({ description: 'The host that was called.' }),
    dataHostingLocation: z.string(),
  })
  .meta({ id: 'PortalInformationResponse' });
export type AccountDetails = z.infer<typeof AccountDetails>;

/** The answer of `GET /account-info/v3/api-usage/daily/private-apps`. */
export const ApiUsage = z
  .object({
    results: z.array(
      z.object({
        name: z.string(),
        usageLimit: z.int().meta({ description: 'There is no daily limit: the largest int32.' }),
        currentUsage: z.int().meta({ description: 'Calls are not counted by day: always 0.' }),
        collectedAt: z.iso.datetime(),
        fetchStatus: z.literal('SUCCESS'),
        resetsAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'CollectionResponseApiUsage' });
export type ApiUsage = z.infer<typeof ApiUsage>;

/** The body of `POST /oauth/v2/private-apps/get/access-token-info`. */
export const TokenInfoRequest = z
  .strictObject({ tokenKey: z.string().min(1).max(1_024).meta({ description: 'An API key.' }) })
  .meta({ id: 'TokenInfoRequest' });
export type TokenInfoRequest = z.infer<typeof TokenInfoRequest>;

/** What HubSpot tells of a private app's token. */
export const PrivateAppToken = z
  .object({
    userId: z.int().meta({ description: 'A key has no user: the account’s number.' }),
    hubId: AccountId,
    appId: z.int(),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'PrivateAppToken' });
export type PrivateAppToken = z.infer<typeof PrivateAppToken>;

/** What HubSpot tells of an OAuth access token. */
export const AccessToken = z
  .object({
    token: z.string(),
    token_type: z.literal('access'),
    user: z.string(),
    user_id: z.int(),
    hub_id: AccountId,
    hub_domain: z.string(),
    app_id: z.int(),
    scopes: z.array(z.string()),
    expires_in: z.int().meta({ description: 'Seconds. Keys need no refresh: the largest int32.' }),
  })
  .meta({ id: 'AccessTokenInfoResponse' });
export type AccessToken = z.infer<typeof AccessToken>;

/** The answer of `GET /crm/v3/owners`: nobody, since accounts have no users. */
export const OwnerPage = z
  .object({ results: z.array(StoredObject).max(0) })
  .meta({ id: 'CollectionResponsePublicOwner' });
export type OwnerPage = z.infer<typeof OwnerPage>;
