import { isIPv6 } from 'node:net';
import type { AddressKind, Clock } from '@posthorn/runtime';
import { broken, type Outcome, refused } from '../outcome.ts';
import type { DnsAnswer, DnsClient } from './dns-client.ts';
import { type Timed, TtlCache } from './ttl-cache.ts';

export type IpPreference = 'ipv4' | 'ipv6' | 'ipv4-only' | 'ipv6-only';

export type Located =
  | Readonly<{
      kind: 'found';
      /** At most `addressesMax`, in the order to try; every one may be dialled, and nothing else may. */
      addresses: readonly string[];
      /** The resolver validated them with DNSSEC. */
      isAuthentic: boolean;
    }>
  /** One of the addresses is this machine's. */
  | Readonly<{ kind: 'own' }>
  | Readonly<{ kind: 'nowhere'; outcome: Outcome }>;

/** Finds the addresses of a mail host. Never rejects. */
export type HostLocator = (host: string) => Promise<Located>;

/** Addresses of one host that are tried (row F42). */
const addressesMax = 5;

const ttlBounds = { maxMs: 3_600_000, absentMs: 60_000, failedMs: 20_000 };

/**
 * Makes a locator. The addresses it returns are the ones dialled: the name is not resolved again, so that an answer
 * which changes between the check and the connection (rebinding) changes nothing (row F41).
 */
export function createHostLocator({
  dns,
  judge,
  preference,
  clock,
}: {
  dns: DnsClient;
  judge: (address: string) => AddressKind;
  preference: IpPreference;
  clock: Clock;
}): HostLocator {
  const cache = new TtlCache<Located>({ clock, entriesMax: 20_000 });
  return async (host) => await cache.get(host, () => locate(host, { dns, judge, preference }));
}

async function locate(
  host: string,
  {
    dns,
    judge,
    preference,
  }: { dns: DnsClient; judge: (address: string) => AddressKind; preference: IpPreference },
): Promise<Timed<Located>> {
  const [narrow, wide] = await Promise.all([
    preference === 'ipv6-only' ? undefined : dns.query(host, 'A'),
    preference === 'ipv4-only' ? undefined : dns.query(host, 'AAAA'),
  ]);
  const answers = (preference.startsWith('ipv6') ? [wide, narrow] : [narrow, wide]).filter(
    (answer) => answer !== undefined,
  );
  const found = answers.filter((answer) => answer.kind === 'records');
  if (found.length === 0) return nowhere(host, answers);

  const all = found.flatMap(({ records }) => records);
  const ttlMs = Math.min(...found.map((answer) => answer.ttlMs), ttlBounds.maxMs);
  if (all.some((address) => judge(address) === 'own')) return { value: { kind: 'own' }, ttlMs };
  const addresses = limited(all.filter((address) => judge(address) === 'public'));
  const isAuthentic = found.every((answer) => answer.isAuthentic);
  if (addresses.length > 0) return { value: { kind: 'found', addresses, isAuthentic }, ttlMs };
  return { value: { kind: 'nowhere', outcome: forbidden }, ttlMs };
}

/** Both families keep a place, so that one which does not work leaves the other. */
function limited(addresses: readonly string[]): string[] {
  const first = addresses.slice(0, addressesMax);
  const other = addresses.find((address) => isIPv6(address) !== isIPv6(addresses[0] ?? ''));
  if (other === undefined || first.includes(other)) return first;
  return [...first.slice(0, -1), other];
}

function nowhere(host: string, answers: readonly DnsAnswer<string>[]): Timed<Located> {
  const failed = answers.find((answer) => answer.kind === 'failed');
  const outcome = failed
    ? broken('4.4.3', 'DNS_FAILURE', `no answer from DNS about ${host}: ${failed.reason}`)
    : refused('5.4.4', 'DNS_FAILURE', `the mail host ${host} has no address`);
  return { value: { kind: 'nowhere', outcome }, ttlMs: failed ? ttlBounds.failedMs : ttlBounds.absentMs };
}

const forbidden = refused('5.4.4', 'DNS_FAILURE', 'the mail host has no address of the public internet');
