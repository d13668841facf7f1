import type { Scope } from '@posthorn/contracts';
import { Refusal } from '../http/refusal.ts';
import type { Principal } from './principal.ts';

/** Throws HubSpot's 403 MISSING_SCOPES unless the key has one of `scopes`; no scopes means that any key will do. */
export function requireScope({ scopes: granted }: Principal, scopes: readonly Scope[]): void {
  if (scopes.length === 0 || scopes.some((scope) => granted.has(scope))) return;
  throw new Refusal('missing_scopes', "This key hasn't been granted all required scopes to make this call.", {
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredScopes: [...scopes] },
      },
    ],
  });
}
