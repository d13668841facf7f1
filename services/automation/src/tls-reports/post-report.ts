import { request } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import type { DnsLookup } from '@posthorn/domains';
import type { AddressKind } from '@posthorn/runtime';

/** What came of one way to hand a report over. `reason` names no address. */
export type Handed =
  | Readonly<{ kind: 'sent' }>
  | Readonly<{ kind: 'refused'; reason: string }>
  | Readonly<{ kind: 'failed'; reason: string }>;

/** Posts a compressed report to a URL that others published. Never throws. */
export type PostReport = (url: URL, gzipped: Buffer) => Promise<Handed>;

export type PostReportOptions = Readonly<{
  lookup: DnsLookup;
  /** Only `public` addresses are posted to. */
  judge: (address: string) => AddressKind;
  /** Of the whole exchange. */
  timeoutMs?: number;
  /** Authorities to believe instead of the system's. For tests. */
  ca?: string;
}>;

/**
 * Makes the step that posts a report (RFC 8460, section 5.4): to an address that was judged, with a verified certificate,
 * no redirects, and nothing read of the answer but its status.
 */
export function createPostReport({ lookup, judge, timeoutMs = 30_000, ca }: PostReportOptions): PostReport {
  return async (url, gzipped) => {
    const found = isIP(url.hostname.replace(/^\[(.*)\]$/, '$1'))
      ? ({ kind: 'none' } as const)
      : await lookup('ADDRESS', url.hostname);
    if (found.kind === 'unknown') return { kind: 'failed', reason: found.reason };
    const address = found.kind === 'found' ? found.values.find((one) => judge(one) === 'public') : undefined;
    if (address === undefined)
      return { kind: 'refused', reason: 'its host has no address of the public internet' };
    return await post({ url, address, gzipped, ca, signal: AbortSignal.timeout(timeoutMs) });
  };
}

type Post = Readonly<{
  url: URL;
  address: string;
  gzipped: Buffer;
  ca: string | undefined;
  signal: AbortSignal;
}>;

async function post({ url, address, gzipped, ca, signal }: Post): Promise<Handed> {
  const { promise, resolve } = Promise.withResolvers<Handed>();
  const asked = request({
    ...{ host: address, port: url.port || 443, servername: url.hostname, agent: false, signal },
    ...{ method: 'POST', path: `${url.pathname}${url.search}`, family: isIPv6(address) ? 6 : 4 },
    headers: {
      host: url.host,
      'content-type': 'application/tlsrpt+gzip',
      'content-length': gzipped.length,
    },
    ...(ca !== undefined && { ca }),
  });
  asked.on('response', (response) => {
    response.destroy();
    const { statusCode: status = 0 } = response;
    const isTaken = status >= 200 && status < 300;
    resolve(isTaken ? { kind: 'sent' } : { kind: 'failed', reason: `the server answered ${status}` });
  });
  asked.on('error', (error) => {
    const code = 'code' in error ? String(error.code) : error.name;
    resolve({ kind: 'failed', reason: `no exchange with the server (${code})` });
  });
  asked.end(gzipped);
  return await promise;
}
