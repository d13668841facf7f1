import { request } from 'node:https';
import { isIPv6 } from 'node:net';
import type { HostLocator } from './host-locator.ts';
import { parseStsPolicy, type StsPolicy } from './sts-policy.ts';

/** Result types of RFC 8460, section 4.3.2. */
export type StsFailure = 'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid';

export type FetchedPolicy =
  | Readonly<{ kind: 'policy'; policy: StsPolicy }>
  | Readonly<{ kind: 'failed'; result: StsFailure }>;

/** Fetches the policy of a domain. Never rejects. */
export type FetchStsPolicy = (domain: string) => Promise<FetchedPolicy>;

/** A policy is some hundred bytes; what is longer is none. */
const policyBytesMax = 64 * 1024;

/**
 * Makes the step that fetches `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461, section 3.3): from an address
 * of the public internet, with a verified certificate, no redirects, within `timeoutMs` altogether and 64 KiB.
 */
export function createFetchStsPolicy({
  locate,
  port = 443,
  timeoutMs = 10_000,
}: {
  locate: HostLocator;
  port?: number;
  timeoutMs?: number;
}): FetchStsPolicy {
  return async (domain) => {
    const host = `mta-sts.${domain}`;
    const located = await locate(host);
    const address = located.kind === 'found' ? located.addresses[0] : undefined;
    if (address === undefined) return failed('sts-policy-fetch-error');
    try {
      const text = await get({ host, address, port }, AbortSignal.timeout(timeoutMs));
      const policy = parseStsPolicy(text);
      return policy ? { kind: 'policy', policy } : failed('sts-policy-invalid');
    } catch (error) {
      return failed(isCertificateError(error) ? 'sts-webpki-invalid' : 'sts-policy-fetch-error');
    }
  };
}

function failed(result: StsFailure): FetchedPolicy {
  return { kind: 'failed', result };
}

/** Rejects unless the answer is a 200 with a short text/plain body. */
async function get(
  { host, address, port }: { host: string; address: string; port: number },
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request({
    ...{ host: address, port, servername: host, path: '/.well-known/mta-sts.txt', agent: false, signal },
    family: isIPv6(address) ? 6 : 4,
    headers: { host, accept: 'text/plain' },
  });
  asked.on('error', reject);
  asked.on('response', (response) => {
    const isText = /^text\/plain\b/i.test(response.headers['content-type'] ?? '');
    const isGood = response.statusCode === 200 && isText;
    if (!isGood) reject(new Error('not a policy'));
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (!isGood || text.length > policyBytesMax) asked.destroy(new Error('not a policy'));
    });
    response.on('error', reject).on('end', () => resolve(text));
  });
  asked.end();
  return await promise;
}

function isCertificateError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /CERT|SIGNATURE|ERR_TLS|SELF_SIGNED/.test(code);
}
