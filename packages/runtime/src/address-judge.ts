import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Networks in which no server of the public can be, IPv4 (IANA special-purpose registry, RFC 6890): what is sent to one
 * of them would go to a neighbour of ours, which is what whoever published it wants (row F41).
 */
const specialV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** IPv6: everything but global unicast, and in there what stands for an IPv4 address or is not routed. */
const specialV6 = [
  '::/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '4000::/2',
  '8000::/1',
] as const;

export type AddressRules = Readonly<{
  /** Development and tests only: lets special networks be dialled. Own addresses stay forbidden. */
  allowPrivate: boolean;
  /** Addresses that are ours although no interface has them (behind NAT). */
  ownAddresses?: readonly string[];
}>;

/** What an address is to us: `own` is this machine, `special` no public host, `public` may be dialled. */
export type AddressKind = 'public' | 'special' | 'own';

/** Makes the judge of addresses. Interfaces are read once a minute, since addresses come and go. */
export function createAddressJudge({
  allowPrivate,
  ownAddresses = [],
}: AddressRules): (address: string) => AddressKind {
  // Apart, since a BlockList takes every IPv4 address for a mapped one and so for one in ::/3.
  const special = { ipv4: blockListOf(specialV4), ipv6: blockListOf(specialV6) };
  let own = ownList(ownAddresses);
  let readAtMs = performance.now();

  return (address) => {
    if (performance.now() - readAtMs > 60_000) {
      own = ownList(ownAddresses);
      readAtMs = performance.now();
    }
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (own.check(address, family)) return 'own';
    return !allowPrivate && special[family].check(address, family) ? 'special' : 'public';
  };
}

function ownList(configured: readonly string[]): BlockList {
  const interfaces = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const addresses = interfaces.filter(({ internal }) => !internal).map(({ address }) => address);
  const list = new BlockList();
  for (const address of [...addresses, ...configured])
    list.addAddress(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
