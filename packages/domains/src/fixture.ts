import { randomUUID } from 'node:crypto';
import type { Domain } from '@posthorn/store';
import { expectedRecords } from './expected-records.ts';
import { makeKeys } from './new-keys.ts';
import type { Installation } from './settings.ts';

/** Builders for this package's tests. */
export const installation: Installation = {
  returnPathHost: 'bounces.posthorn.test',
  trackingHost: 't.posthorn.test',
  trackingUrl: 'https://t.posthorn.test',
  spfHost: 'spf.posthorn.test',
};

const made = await makeKeys(0);

/** shop.test, pending, with two keys that wait. */
export function aDomain(fields: Partial<Domain> = {}): Domain {
  return {
    ...{ id: randomUUID(), accountId: 7, domain: 'shop.test' },
    ...{ returnPathHost: 'bounces.shop.test', trackingHost: 'links.shop.test' },
    ...{ keys: made.keys, checks: {}, state: 'pending' },
    ...{ createdAtMs: 0, changedAtMs: 0, nextCheckAtMs: 0, revision: 0 },
    ...fields,
  };
}

type Node = { TXT?: string[]; MX?: [number, string][]; CNAME?: string };

/** The zone in which everything is published as it is asked for, by host. */
export function zoneOf(domain: Domain): Record<string, Node> {
  const zone: Record<string, Node> = {};
  for (const { host, type, value } of expectedRecords(domain, installation)) {
    const [preference = '', exchange = ''] = value.split(' ');
    const own: Node =
      type === 'MX'
        ? { MX: [[Number(preference), exchange]] }
        : type === 'TXT'
          ? { TXT: [value] }
          : { CNAME: value };
    zone[host] = { ...zone[host], ...own };
  }
  return zone;
}
