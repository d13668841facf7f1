import { z } from 'zod';
import { AccountId } from '../ids.ts';

/** What a key may do; HubSpot's names, and `operator` for what belongs to the installation and not to one account. */
export const Scope = z.enum([
  'transactional-email',
  'marketing-email',
  'marketing.email.read',
  'marketing.email.write',
  'content',
  'cms.domains.read',
  'cms.domains.write',
  'operator',
]);
export type Scope = z.infer<typeof Scope>;

/** The answer of `GET /v1/account`: whose key this is. */
export const AccountView = z
  .object({
    accountId: AccountId,
    keyId: z.string(),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof AccountView>;
