import { BlockList } from 'node:net';

/**
 * Networks that large mail scanners and Google's crawlers ask from. People do not browse from there.
 *
 * Taken on 2026-11-30 from what administrators publish of their own set-ups, where several agree. `source` is where the
 * vendor lists them: those pages were not read, so check a row there before you rely on it or change it.
 *
 * Networks of clouds and of Apple's and Google's image proxies are not here: people's requests come through those as well.
 */
export const scannerNetworks = [
  {
    name: 'Barracuda Email Gateway Defense',
    source: 'https://campus.barracuda.com/product/emailgatewaydefense/ (IP ranges)',
    networks: ['209.222.80.0/21', '64.235.144.0/20'],
  },
  {
    name: 'Proofpoint',
    source: 'https://help.proofpoint.com/Proofpoint_Essentials (connection details, IP ranges)',
    networks: ['67.231.144.0/20', '148.163.128.0/19'],
  },
  {
    name: 'Google crawlers',
    source: 'https://developers.google.com/static/crawling/ipranges/common-crawlers.json',
    networks: ['66.249.64.0/20'],
  },
] as const;

const list = new BlockList();
for (const network of scannerNetworks.flatMap(({ networks }) => networks)) {
  const [address = '', prefix] = network.split('/');
  list.addSubnet(address, Number(prefix));
}

/** Returns whether an IP address belongs to a known scanner. `address` is a valid IPv4 or IPv6 address or undefined. */
export function isScannerAddress(address: string | undefined): boolean {
  return address !== undefined && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
