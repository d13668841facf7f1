import { z } from 'zod';
import { AccountId } from '../ids.ts';

/**
 * Names what a key may do: HubSpot's scopes, and `operator` for what belongs to the installation and not to one account.
 *
 * A scope of the operator's is granted only by name, so it also goes into `operatorScopes`.
 */
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

/** Lists the scopes that reach beyond the key's own account. */
export const operatorScopes: readonly Scope[] = ['operator'];

/** Lists every scope that stays within the key's own account: what `all` means, and a key has unless told otherwise. */
export const accountScopes: readonly Scope[] = Scope.options.filter(
  (scope) => !operatorScopes.includes(scope),
);

/** The answer of `GET /v1/account`: whose key this is. */
export const AccountView = z
  .object({
    accountId: AccountId,
    keyId: z.string(),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof AccountView>;
