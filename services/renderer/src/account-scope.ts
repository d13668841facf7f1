import type { PoolName } from '@posthorn/contracts';
import type { Account } from '@posthorn/store';
import type { AccountScope } from './work/render-task.ts';

/** An account, as far as the renderer uses it; its `pools` include the installation's default. */
export type RenderAccount = Pick<Account, 'accountId' | 'name' | 'isSuspended' | 'settings' | 'pools'>;

/** Returns a stored account as the renderer uses it. */
export function renderAccountOf(account: Account, defaultPool: PoolName): RenderAccount {
  const { pools } = account;
  return { ...account, ...(pools && { pools: [...pools, defaultPool] }) };
}

/** What templates read as `{{ account.… }}`, with HubSpot's names of `site_settings` (facts: row 5.4) beside plain ones. */
export function accountScopeOf({ accountId, name, settings }: RenderAccount): AccountScope {
  return {
    properties: {
      name,
      id: String(accountId),
      portal_id: String(accountId),
      company_name: settings.companyName,
      company_address: settings.companyAddress,
      company_street_address_1: settings.companyAddress,
      company_city: settings.companyCity,
      company_state: settings.companyState,
      company_zip: settings.companyZip,
      company_country: settings.companyCountry,
    },
    tracksOpens: settings.trackOpens,
    tracksClicks: settings.trackClicks,
  };
}
