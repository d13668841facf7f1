import type { Clock } from '@posthorn/runtime';
import { broken, type Outcome } from '../outcome.ts';
import type { TlsaRecord } from '../smtp/dane.ts';
import type { DnsClient } from './dns-client.ts';
import { type Timed, TtlCache } from './ttl-cache.ts';

export type TlsaAnswer =
  | Readonly<{ kind: 'none' }>
  /** Validated by the resolver; never empty. */
  | Readonly<{ kind: 'records'; records: readonly TlsaRecord[] }>
  /** It cannot be known whether the host must prove itself, so it is not spoken to (RFC 7672, section 2.1.1). */
  | Readonly<{ kind: 'failed'; outcome: Outcome }>;

/** Finds what a host published about its TLS. Asked only about hosts whose addresses are validated. Never rejects. */
export type FindTlsaRecords = (host: string) => Promise<TlsaAnswer>;

const ttlMsMax = 3_600_000;
const failedMs = 20_000;

export function createFindTlsaRecords({
  dns,
  port,
  clock,
}: {
  dns: DnsClient;
  port: number;
  clock: Clock;
}): FindTlsaRecords {
  const cache = new TtlCache<TlsaAnswer>({ clock, entriesMax: 20_000 });
  return async (host) => await cache.get(host, () => find(host, port, dns));
}

async function find(host: string, port: number, dns: DnsClient): Promise<Timed<TlsaAnswer>> {
  const answer = await dns.query(`_${port}._tcp.${host}`, 'TLSA');
  if (answer.kind === 'failed') {
    const outcome = broken(
      '4.7.5',
      'POLICY',
      `no answer from DNS about the TLS of ${host}: ${answer.reason}`,
    );
    return { value: { kind: 'failed', outcome }, ttlMs: failedMs };
  }
  const ttlMs = Math.min(answer.ttlMs, ttlMsMax);
  // Without validation anybody may have written it (section 2.1).
  if (answer.kind !== 'records' || !answer.isAuthentic) return { value: { kind: 'none' }, ttlMs };
  return { value: { kind: 'records', records: answer.records }, ttlMs };
}
