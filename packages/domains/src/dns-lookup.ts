import { Resolver } from 'node:dns/promises';

/** `ADDRESS` asks for A and AAAA; a PTR is asked for by its whole name, `7.2.0.192.in-addr.arpa`. */
export type LookupType = 'TXT' | 'MX' | 'CNAME' | 'ADDRESS' | 'A' | 'AAAA' | 'PTR';

/** What the DNS says. `unknown`: it could not be asked, which says nothing about the record. */
export type DnsAnswer =
  | Readonly<{ kind: 'found'; values: readonly string[] }>
  | Readonly<{ kind: 'none' }>
  | Readonly<{ kind: 'unknown'; reason: string }>;

/** Asks for the records of a name; never throws. An MX reads `10 host`, a TXT is joined from its strings. */
export type DnsLookup = (type: LookupType, host: string) => Promise<DnsAnswer>;

const firstTimeoutMs = 1_500;
const tries = 2;
/** Longest one lookup takes, over all servers. */
const lookupTimeoutMs = 6_000;

/** Looks up through `servers` (`address[:port]`), or those of the system where there are none. */
export function createDnsLookup({ servers = [] }: { servers?: readonly string[] } = {}): DnsLookup {
  return async (type, host) => {
    // A resolver for each question: one that is kept remembers answers, and somebody waits for a new one.
    const resolver = new Resolver({ timeout: firstTimeoutMs, tries });
    if (servers.length > 0) resolver.setServers(servers);
    const timer = setTimeout(() => resolver.cancel(), lookupTimeoutMs);
    try {
      const values = await ask(resolver, type, host);
      return values.length > 0 ? { kind: 'found', values } : { kind: 'none' };
    } catch (error) {
      return answerOf(error);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function ask(resolver: Resolver, type: LookupType, host: string): Promise<string[]> {
  switch (type) {
    case 'TXT':
      return (await resolver.resolveTxt(host)).map((strings) => strings.join(''));
    case 'MX':
      return (await resolver.resolveMx(host)).map(
        ({ priority, exchange }) => `${priority} ${nameOf(exchange) || '.'}`,
      );
    case 'CNAME':
      return (await resolver.resolveCname(host)).map(nameOf);
    case 'PTR':
      return (await resolver.resolvePtr(host)).map(nameOf);
    case 'A':
      return resolver.resolve4(host);
    case 'AAAA':
      return resolver.resolve6(host);
    case 'ADDRESS':
      return addressesOf(await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]));
  }
}

function addressesOf(found: readonly PromiseSettledResult<string[]>[]): string[] {
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const troubles = found.filter(
    (one) => one.status === 'rejected' && answerOf(one.reason).kind === 'unknown',
  );
  const [trouble] = troubles;
  if (addresses.length === 0 && trouble?.status === 'rejected') throw trouble.reason;
  return addresses;
}

function nameOf(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** There is no such name, or it has no such record; everything else is trouble on the way. */
const noneCodes = new Set(['ENOTFOUND', 'ENODATA']);

const reasons: Readonly<Record<string, string>> = {
  ETIMEOUT: 'the DNS servers did not answer in time',
  ECANCELLED: 'the DNS servers did not answer in time',
  ECONNREFUSED: 'no DNS server could be reached',
  ESERVFAIL: 'the DNS servers of the domain failed to answer (SERVFAIL)',
  EREFUSED: 'the DNS server refused the question',
};

function answerOf(error: unknown): DnsAnswer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (noneCodes.has(code)) return { kind: 'none' };
  return { kind: 'unknown', reason: reasons[code] ?? 'the DNS answer could not be read' };
}
