import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** What is kept of a client's address: its network, all of it, or nothing. */
export type IpPrivacy = 'truncated' | 'full' | 'off';

/**
 * Returns the client's address, or undefined when it is none. Behind a trusted proxy the last entry of
 * `X-Forwarded-For` counts, the one that proxy wrote.
 */
export function clientIpOf(req: IncomingMessage, isProxyTrusted: boolean): string | undefined {
  const forwarded = isProxyTrusted ? lastOf(req.headers['x-forwarded-for']) : undefined;
  return plainIp(forwarded ?? req.socket.remoteAddress ?? '');
}

/** Returns the address as it may be stored: IPv4 cut to /24 and IPv6 to /48 unless all of it is wanted. */
export function storedIpOf(address: string | undefined, privacy: IpPrivacy): string | undefined {
  if (privacy === 'off' || address === undefined) return undefined;
  return privacy === 'full' ? address : truncateIp(address);
}

/** The address with its last 8 bits (IPv4) or 80 bits (IPv6) zero. `address` must be valid. */
export function truncateIp(address: string): string {
  if (isIP(address) === 4) return address.replace(/\d+$/, '0');
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 3);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::`;
}

/** Without a zone and without IPv6's wrapping of IPv4 (RFC 4291, section 2.5.5.2); undefined when it is no address. */
function plainIp(text: string): string | undefined {
  const address = text
    .trim()
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '');
  return isIP(address) ? address : undefined;
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1);
}
