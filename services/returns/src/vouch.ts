import type { ReturnItem } from '@posthorn/contracts';
import { authenticate, type DNSResolver } from 'mailauth';
import type { Complaint } from './parse/report.ts';

/** Who vouches for a complaint; `later` where DNS could not say now. */
export type Voucher =
  | Readonly<{ kind: 'vouched'; domain: string }>
  | Readonly<{ kind: 'nobody'; reason: string }>
  | Readonly<{ kind: 'later' }>;

/** Looks up DNS records as `node:dns/promises` does: TXT as arrays of chunks. Rejects with `ENOTFOUND` or `ENODATA`. */
export type Resolve = (name: string, type: string) => Promise<unknown>;

/** Each takes a look-up of its key. */
const signaturesMax = 10;
/** All look-ups of one complaint together. */
const lookUpsMs = 20_000;

/**
 * Asks whether a complaint comes from a mailbox provider on the list: its DKIM signature verifies, or SPF allows the
 * server that brought it (row B04). Anyone can write a complaint; only who vouches for it makes it one.
 */
export function createVouch({ sources, resolve }: { sources: readonly string[]; resolve: Resolve }) {
  const isListed = (domain: string): boolean =>
    sources.some((source) => domain === source || domain.endsWith(`.${source}`));

  return async (item: ReturnItem, { signatures }: Complaint): Promise<Voucher> => {
    if (sources.length === 0) return { kind: 'nobody', reason: 'no source of complaints is configured' };
    if (item.isTruncated) return { kind: 'nobody', reason: 'too large to be verified' };
    if (signatures > signaturesMax) return { kind: 'nobody', reason: 'too many signatures' };
    const results = await within(lookUpsMs, passesOf(item, resolve));
    if (results === 'late') return { kind: 'later' };
    const passed = results.find(({ result, domain }) => result === 'pass' && isListed(domain));
    if (passed) return { kind: 'vouched', domain: passed.domain };
    const isUnsure = results.some(({ result, domain }) => result === 'temperror' && isListed(domain));
    return isUnsure ? { kind: 'later' } : { kind: 'nobody', reason: 'no listed source vouches for it' };
  };
}
export type Vouch = ReturnType<typeof createVouch>;

type Check = Readonly<{ domain: string; result: string }>;

async function passesOf(item: ReturnItem, resolve: Resolve): Promise<Check[]> {
  const { dkim, spf } = await authenticate(Buffer.from(item.raw, 'latin1'), {
    ip: item.remoteAddress,
    helo: item.helo,
    sender: item.mailFrom,
    // mailauth's type names the overloads of dns.promises.resolve; it calls it with a name and a type alone.
    resolver: resolve as DNSResolver,
    ...{ disableArc: true, disableDmarc: true, disableBimi: true },
  });
  const signed = dkim.results.map(({ signingDomain, status }) => checkOf(signingDomain, status.result));
  return [...signed, ...(spf ? [checkOf(spf.domain, spf.status.result)] : [])];
}

function checkOf(domain: string | undefined | false, result: string): Check {
  return { domain: (domain || '').toLowerCase(), result };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | 'late'> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
