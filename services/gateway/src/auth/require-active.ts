import { Fault } from '@posthorn/runtime';
import type { EndpointShape } from '../http/endpoint.ts';
import type { Principal } from './principal.ts';

/**
 * Throws 403 where the account of the key is suspended and the call would change or send something. Reading goes on, and so do
 * an operator's calls, which belong to the installation: one of them ends the suspension.
 */
export function requireActive(
  { isSuspended }: Principal,
  { method, scopes, keyOf }: Pick<EndpointShape, 'method' | 'scopes' | 'keyOf'>,
): void {
  const isOperators = scopes.length > 0 && scopes.every((scope) => scope === 'operator');
  if (!isSuspended || method === 'get' || keyOf || isOperators) return;
  throw new Fault(
    'account_suspended',
    'This account is suspended: it can read what it has, and change or send nothing. Ask the operator.',
  );
}
