import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * What an address is good for. `public` can be reached from everywhere; `private` is seen by nobody outside, so that
 * the DNS has nothing to say of it; `reserved` is set aside (documentation, benchmarks); `unusable` names no host, and
 * to bind it would mean the default route.
 */
export type AddressKind = 'public' | 'private' | 'reserved' | 'unusable';

/** IANA special-purpose registries (RFC 6890), as of 2026; what is in none of the lists is public. */
const networks = {
  unusable: ['0.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32', '::/128', '::ffff:0:0/96', 'ff00::/8'],
  private: [
    ...['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
    ...['::1/128', 'fc00::/7', 'fe80::/10'],
  ],
  reserved: [
    ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24'],
    ...['203.0.113.0/24', '240.0.0.0/4', '::/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
    ...['4000::/2', '8000::/1'],
  ],
} as const;

const lists = (['unusable', 'private', 'reserved'] as const).map((kind) => ({
  kind,
  // Apart, since a BlockList takes every IPv4 address for a mapped one and so for one in ::/3.
  ipv4: blockListOf(networks[kind].filter((network) => !network.includes(':'))),
  ipv6: blockListOf(networks[kind].filter((network) => network.includes(':'))),
}));

/** What kind of address a normalised one is. */
export function addressKindOf(address: string): AddressKind {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  return lists.find((list) => list[family].check(address, family))?.kind ?? 'public';
}

/** The one text of an address (RFC 5952 for IPv6), or null where the text is none or has a zone. */
export function normalizeAddress(text: string): string | null {
  const trimmed = text.trim();
  if (isIP(trimmed) === 0 || trimmed.includes('%')) return null;
  if (isIPv4(trimmed)) return trimmed;
  return new URL(`http://[${trimmed}]`).hostname.slice(1, -1);
}

/** The address as labels in reverse: `7.2.0.192`, or 32 nibbles (RFC 1035, section 3.5; RFC 3596, section 2.5). */
export function reversedLabelsOf(address: string): string {
  if (isIPv4(address)) return address.split('.').reverse().join('.');
  return [...nibblesOf(address)].reverse().join('.');
}

/** The name of the PTR record of an address. */
export function reverseNameOf(address: string): string {
  return `${reversedLabelsOf(address)}.${isIPv4(address) ? 'in-addr' : 'ip6'}.arpa`;
}

function nibblesOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (text = '') => (text === '' ? [] : text.split(':'));
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(tail)]
    .map((group) => group.padStart(4, '0'))
    .join('');
}

function blockListOf(given: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of given) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
