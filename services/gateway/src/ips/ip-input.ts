import type { ErrorDetail, IpCreateRequest } from '@posthorn/contracts';
import { addressKindOf, normalizeAddress } from '@posthorn/domains/ips';
import { toAsciiDomain } from '@posthorn/mail';
import type { Socks5 } from '@posthorn/store';
import { invalidInput } from '../http/refusal.ts';

/** The one text of an address that mail can leave from. Throws a 400 that says what is the matter with it. */
export function addressOf(text: string, { allowsPrivate }: { allowsPrivate: boolean }): string {
  const address = normalizeAddress(text);
  if (address === null)
    throw invalid('address', 'must be one IPv4 or IPv6 address, for example 192.0.2.1 or 2001:db8::1');
  const kind = addressKindOf(address);
  if (kind === 'unusable') throw invalid('address', 'must be the address of one host');
  if (kind !== 'public' && !allowsPrivate)
    throw invalid(
      'address',
      `must be a public address, and this one is ${kind}; for development, ALLOW_PRIVATE_ADDRESSES lets it pass`,
    );
  return address;
}

/** The EHLO name in lower case, IDNs as A-labels. Throws a 400 for what is no host name. */
export function ehloNameOf(text: string): string {
  const name = toAsciiDomain(text.trim());
  if (name?.includes('.')) return name;
  throw invalid('ehloName', 'must be a full host name such as mx1.example.com');
}

/** A SOCKS5 server as it is kept. Throws a 400 for a host that is neither a name nor an address. */
export function socks5Of({ host, port, ...credentials }: NonNullable<IpCreateRequest['socks5']>): Socks5 {
  const name = normalizeAddress(host) ?? toAsciiDomain(host.trim());
  if (name === null) throw invalid('socks5.host', 'must be a host name or an address');
  const { username, password } = credentials;
  return {
    host: name,
    port,
    ...(username !== undefined && password !== undefined && { username, password }),
  };
}

/** A 400 about one field. */
export function invalid(field: string, message: string): Error {
  const detail: ErrorDetail = { message, code: 'INVALID_VALUE', in: field };
  return invalidInput([detail]);
}
