import type { AccountId } from '@posthorn/contracts';

/** Who asks: an API key, and the account it belongs to. */
export type Principal = Readonly<{
  accountId: AccountId;
  keyId: string;
  scopes: ReadonlySet<string>;
}>;
