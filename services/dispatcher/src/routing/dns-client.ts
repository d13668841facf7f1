import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import type { Answer, DecodedPacket } from 'dns-packet';
import { type DnsServerAddress, exchange, rcodeOf } from './dns-exchange.ts';

/** The data of a record, by the types that are asked for here. */
export type DnsData = {
  A: string;
  AAAA: string;
  MX: Readonly<{ preference: number; exchange: string }>;
  TXT: string;
  TLSA: Readonly<{ usage: number; selector: number; matchingType: number; certificate: Buffer }>;
};
export type DnsType = keyof DnsData;

type Known = Readonly<{
  ttlMs: number;
  /** The resolver validated it with DNSSEC (AD bit). */
  isAuthentic: boolean;
}>;

/** What DNS says of a name. `nxdomain` and `none` are answers too; `failed` is none, and says nothing about the name. */
export type DnsAnswer<Data> =
  | (Known & Readonly<{ kind: 'records'; records: readonly Data[] }>)
  /** The name exists and has no record of that type. */
  | (Known & Readonly<{ kind: 'none' }>)
  | (Known & Readonly<{ kind: 'nxdomain' }>)
  | Readonly<{ kind: 'failed'; reason: string }>;

/** Asks DNS. Never rejects. */
export type DnsClient = {
  query<Type extends DnsType>(name: string, type: Type): Promise<DnsAnswer<DnsData[Type]>>;
};

export type DnsClientOptions = Readonly<{
  /** Recursive resolvers, in order; the system's without any. */
  servers?: readonly DnsServerAddress[];
  /** For one try at one server. */
  timeoutMs?: number;
  /** Rounds through the servers. */
  tries?: number;
}>;

/** Timeouts after which no further server is tried, so that silent ones hold a delivery only for so long. */
const patience = 3;

/** Aliases followed where the resolver did not; what is longer is a loop. */
const aliasesMax = 5;

/**
 * Makes a client that asks recursive resolvers itself: `node:dns` shows neither the AD bit nor times to live, and tells
 * SERVFAIL from "no such record" only by luck of the wording.
 */
export function createDnsClient({ servers, timeoutMs = 3_000, tries = 2 }: DnsClientOptions = {}): DnsClient {
  const asked = servers?.length ? servers : getServers().flatMap(parseDnsServer);
  const rounds = Array.from({ length: tries }, () => asked).flat();

  async function ask(name: string, type: DnsType): Promise<DecodedPacket | string> {
    let failure = 'no resolver is configured';
    const endsAtMs = performance.now() + patience * timeoutMs;
    for (const server of rounds) {
      if (performance.now() > endsAtMs) break;
      try {
        const packet = await exchange({ name, type }, server, timeoutMs);
        if (isAnswer(packet)) return packet;
        failure = rcodeOf(packet) === 2 ? 'SERVFAIL' : `code ${rcodeOf(packet)}`;
      } catch (error) {
        failure = error instanceof Error ? error.message : 'unknown';
      }
    }
    return failure;
  }

  async function query<Type extends DnsType>(
    name: string,
    type: Type,
    depth = 0,
  ): Promise<DnsAnswer<DnsData[Type]>> {
    const packet = await ask(name, type);
    if (typeof packet === 'string') return { kind: 'failed', reason: packet };
    const { target, records, ttlMs } = readAnswers(packet.answers ?? [], name, type);
    const known: Known = { ttlMs, isAuthentic: packet.flag_ad };
    if (records.length > 0) return { kind: 'records', records, ...known };
    if (rcodeOf(packet) === nxDomain) return { kind: 'nxdomain', ...known };
    if (target === name.toLowerCase() || hasSoa(packet)) return { kind: 'none', ...known };
    if (depth >= aliasesMax) return { kind: 'failed', reason: 'the aliases do not end' };
    const followed = await query(target, type, depth + 1);
    return followed.kind === 'failed' ? followed : { ...followed, ...both(known, followed) };
  }

  return { query: (name, type) => query(name, type) };
}

const nxDomain = 3;

function isAnswer(packet: DecodedPacket): boolean {
  return rcodeOf(packet) === 0 || rcodeOf(packet) === nxDomain;
}

function hasSoa({ authorities }: DecodedPacket): boolean {
  return authorities?.some(({ type }) => type === 'SOA') ?? false;
}

function both(first: Known, second: Known): Known {
  return {
    ttlMs: Math.min(first.ttlMs, second.ttlMs),
    isAuthentic: first.isAuthentic && second.isAuthentic,
  };
}

/** Follows the aliases in an answer from `name` and reads what stands at their end. */
function readAnswers<Type extends DnsType>(
  answers: readonly Answer[],
  name: string,
  type: Type,
): { target: string; records: DnsData[Type][]; ttlMs: number } {
  const chain = new Set([name.toLowerCase()]);
  let target = name.toLowerCase();
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (
    let alias = aliasOf(answers, target);
    alias && !chain.has(alias.to);
    alias = aliasOf(answers, target)
  ) {
    target = alias.to;
    chain.add(target);
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
  }
  const found = answers.filter((answer) => answer.type === type && answer.name.toLowerCase() === target);
  for (const answer of found) if ('ttl' in answer) ttlSeconds = Math.min(ttlSeconds, answer.ttl ?? 0);
  const records = found.flatMap((answer) => dataOf(answer, type));
  return { target, records, ttlMs: ttlSeconds * 1_000 };
}

function aliasOf(answers: readonly Answer[], name: string): { to: string; ttlSeconds: number } | undefined {
  for (const answer of answers) {
    if (answer.type !== 'CNAME' || answer.name.toLowerCase() !== name) continue;
    return { to: withoutDot(answer.data.toLowerCase()), ttlSeconds: answer.ttl ?? 0 };
  }
  return undefined;
}

function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name;
}

function dataOf<Type extends DnsType>(answer: Answer, type: Type): DnsData[Type][] {
  const data = readData(answer);
  // The caller took only answers of this type; TypeScript cannot follow from `type` to the data.
  return answer.type === type && data !== undefined ? [data as DnsData[Type]] : [];
}

function readData(answer: Answer): DnsData[DnsType] | undefined {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return isIP(answer.data) ? answer.data : undefined;
    case 'MX':
      return {
        preference: answer.data.preference ?? 0,
        exchange: withoutDot(answer.data.exchange.toLowerCase()),
      };
    case 'TXT':
      return [answer.data].flat().join('');
    case 'TLSA':
      return answer.data;
    default:
      return undefined;
  }
}

/** Reads `1.2.3.4`, `1.2.3.4:53` or `[::1]:53`; nothing where it is none of them. */
export function parseDnsServer(text: string): DnsServerAddress[] {
  if (isIP(text)) return [{ host: text, port: 53 }];
  const [, wide, narrow, port = ''] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text.trim()) ?? [];
  const host = wide ?? narrow ?? '';
  return isIP(host) && Number(port) <= 65_535 ? [{ host, port: Number(port) }] : [];
}
