import { z } from 'zod';
import { AccountId } from '../ids.ts';
import { OnAmbiguous } from '../lanes/dispatch.ts';
import { PoolName } from '../pool-name.ts';

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
  'account.write',
  'operator',
]);
export type Scope = z.infer<typeof Scope>;

/** Lists the scopes that reach beyond the key's own account. */
export const operatorScopes: readonly Scope[] = ['operator'];

/** Lists every scope that stays within the key's own account: what `all` means, and a key has unless told otherwise. */
export const accountScopes: readonly Scope[] = Scope.options.filter(
  (scope) => !operatorScopes.includes(scope),
);

const companyField = z.string().max(300);

const settings = {
  onAmbiguous: OnAmbiguous.meta({
    description:
      'What becomes of mail whose fate is unknown, because a connection broke after its content was sent: `retry` sends it again, at most twice; `hold` keeps it back.',
  }),
  trackOpens: z.boolean().meta({ description: 'Whether mail has the pixel that tells of an open.' }),
  trackClicks: z.boolean().meta({ description: 'Whether links lead over Posthorn, which tells of a click.' }),
  companyName: companyField,
  companyAddress: companyField,
  companyCity: companyField,
  companyState: companyField,
  companyZip: companyField,
  companyCountry: companyField,
  refuseHardBounced: z
    .boolean()
    .meta({ description: 'Whether mail to an address that is suppressed for a bounce is dropped.' }),
  refuseComplained: z
    .boolean()
    .meta({ description: 'Whether mail to an address that is suppressed for a complaint is dropped.' }),
  dedupeMessageId: z.boolean().meta({
    description:
      'Whether a message that comes again by SMTP, with its Message-ID and recipients, is sent once.',
  }),
};

/** An account's settings, as they are answered. */
export const AccountSettingsView = z
  .object({
    ...settings,
    pool: PoolName.optional().meta({ description: 'What its mail leaves by; absent: the default pool.' }),
  })
  .meta({
    id: 'AccountSettings',
    description: 'Company fields are what templates read as `account.company_name` and so on.',
  });
export type AccountSettingsView = z.infer<typeof AccountSettingsView>;

const change = {
  ...z.object(settings).partial().shape,
  pool: PoolName.nullish().meta({ description: 'One that the account may send by; null: the default pool.' }),
};

/** The body of `PATCH /v1/account`: what is left out stays. */
export const AccountSettingsChange = z.strictObject(change).meta({ id: 'AccountSettingsChange' });
export type AccountSettingsChange = z.infer<typeof AccountSettingsChange>;

/** The body of `PATCH /v1/accounts/{accountId}`: what is left out stays. */
export const AccountChange = z
  .strictObject({
    ...change,
    isSuspended: z
      .boolean()
      .optional()
      .meta({ description: 'A suspended account reads what it has, and changes and sends nothing.' }),
  })
  .meta({ id: 'AccountChange' });
export type AccountChange = z.infer<typeof AccountChange>;

const account = {
  accountId: AccountId,
  name: z.string(),
  isSuspended: z.boolean(),
  settings: AccountSettingsView,
};

/** The answer of `GET /v1/account`: whose key this is, and how the account is set. */
export const AccountView = z
  .object({ ...account, keyId: z.string(), scopes: z.array(z.string()) })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof AccountView>;

/** An account, as an operator sees it. */
export const ManagedAccount = z
  .object({
    ...account,
    pools: z.array(PoolName).meta({ description: 'What it may send by beside the default pool.' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ManagedAccount' });
export type ManagedAccount = z.infer<typeof ManagedAccount>;
