import type { AccountId } from '@posthorn/contracts';

/** Who asks: an API key, and the account it belongs to. */
export type Principal = Readonly<{
  accountId: AccountId;
  keyId: string;
  scopes: ReadonlySet<string>;
  /** The account reads what it has, and changes and sends nothing. */
  isSuspended: boolean;
}>;
