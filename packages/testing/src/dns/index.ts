export type { DnsQuery } from './dns-answer.ts';
export { type DnsServer, startDnsServer } from './dns-server.ts';
export type { DnsNode, DnsZone } from './dns-zone.ts';
export { type NsdServer, startNsd } from './nsd.ts';
