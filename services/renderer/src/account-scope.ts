import type { AccountScope } from './work/render-task.ts';

/** An account, as far as the renderer uses it. */
export type RenderAccount = Readonly<{
  accountId: number;
  name: string;
  isSuspended: boolean;
  settings: Readonly<{
    onAmbiguous: 'retry' | 'hold';
    companyName: string;
    companyAddress: string;
    companyCity: string;
    companyState: string;
    companyZip: string;
    companyCountry: string;
    trackOpens: boolean;
    trackClicks: boolean;
    /** Drops mail to addresses that bounced before; unless it is set, such mail is sent. */
    refuseHardBounced?: boolean;
  }>;
}>;

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
