import {
  type Answer,
  AUTHENTIC_DATA,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  encode,
  type Question,
  RECURSION_AVAILABLE,
  type RecordType,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { DnsNode } from './dns-zone.ts';

export type DnsQuery = Readonly<{
  id: number;
  /** Lower case, without the last dot. */
  name: string;
  type: RecordType;
  transport: 'udp' | 'tcp';
  /** Largest reply the asker takes over UDP, from its EDNS option. */
  udpPayloadSize: number;
}>;

const rcodes = { noError: 0, servFail: 2, nxDomain: 3, refused: 5 };

export function queryIn(
  { id = 0, questions, additionals }: DecodedPacket,
  transport: DnsQuery['transport'],
): DnsQuery {
  const { name = '', type = 'A' } = questions?.[0] ?? {};
  const opt = additionals?.find((record) => record.type === 'OPT');
  return { id, name: name.toLowerCase(), type, transport, udpPayloadSize: opt?.udpPayloadSize ?? 512 };
}

/** The reply's bytes; undefined where the node says to be silent. `find` looks a CNAME's target up. */
export function answerFor(
  query: DnsQuery,
  node: DnsNode | undefined,
  find: (name: string) => DnsNode | undefined,
): Buffer | undefined {
  if (!node) return packet(query, { rcode: rcodes.nxDomain });
  switch (node.fault) {
    case 'timeout':
      return undefined;
    case 'servfail':
      return packet(query, { rcode: rcodes.servFail });
    case 'refused':
      return packet(query, { rcode: rcodes.refused });
    case 'garbage':
      return Buffer.from('lorem ipsum dolor');
    case 'forged': {
      const answers = [{ name: 'forged.example', type: 'A' as const, data: '127.0.0.1' }];
      return packet({ ...query, name: 'forged.example' }, { answers });
    }
    case 'truncate':
      if (query.transport === 'udp') return packet(query, { flags: TRUNCATED_RESPONSE });
  }
  const { answers, rcode } = follow(query, node, find);
  const flags = node.isAuthentic ? AUTHENTIC_DATA : 0;
  const whole = packet(query, { answers, flags, rcode });
  const isTooLong = query.transport === 'udp' && whole.length > query.udpPayloadSize;
  return isTooLong ? packet(query, { flags: TRUNCATED_RESPONSE }) : whole;
}

function follow(
  query: Pick<DnsQuery, 'name' | 'type'>,
  node: DnsNode | undefined,
  find: (name: string) => DnsNode | undefined,
  depth = 0,
): { answers: Answer[]; rcode: number } {
  if (!node) return { answers: [], rcode: rcodes.nxDomain };
  const { CNAME: target, ttlSeconds: ttl = 60 } = node;
  if (target === undefined || depth > 4) return { answers: recordsOf(query, node), rcode: rcodes.noError };
  const alias: Answer = { type: 'CNAME', name: query.name, ttl, data: target };
  if (query.type === 'CNAME') return { answers: [alias], rcode: rcodes.noError };
  const rest = follow({ name: target, type: query.type }, find(target), find, depth + 1);
  return { answers: [alias, ...rest.answers], rcode: rest.rcode };
}

function recordsOf({ name, type }: Pick<DnsQuery, 'name' | 'type'>, node: DnsNode): Answer[] {
  const { ttlSeconds: ttl = 60 } = node;
  switch (type) {
    case 'A':
      return (node.A ?? []).map((data) => ({ type, name, ttl, data }));
    case 'AAAA':
      return (node.AAAA ?? []).map((data) => ({ type, name, ttl, data }));
    case 'MX':
      return (node.MX ?? []).map(([preference, exchange]) => ({
        ...{ type, name, ttl },
        data: { preference, exchange },
      }));
    case 'TXT':
      return (node.TXT ?? []).map((text) => ({ type, name, ttl, data: text.match(/.{1,255}/gs) ?? [''] }));
    case 'PTR':
      return (node.PTR ?? []).map((data) => ({ type, name, ttl, data }));
    case 'TLSA':
      return (node.TLSA ?? []).map((data) => ({ type, name, ttl, data }));
    default:
      return [];
  }
}

type Reply = { answers?: Answer[]; flags?: number; rcode?: number };

function packet({ id, name, type }: DnsQuery, { answers = [], flags = 0, rcode = 0 }: Reply): Buffer {
  const questions: Question[] = [{ name, type }];
  const all = AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | flags | rcode;
  return encode({ type: 'response', id, flags: all, questions, answers });
}
