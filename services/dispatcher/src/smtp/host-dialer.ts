import type { Outcome } from '../outcome.ts';
import type { Route } from '../router.ts';
import type { LinkTarget, OpenedLink } from './smtp-link.ts';

/** Opens connections along a route. */
export type HostDialer = {
  open(along: { route: Route; ip?: string | undefined }): Promise<OpenedLink>;
};

/** How long a host whose TLS failed is spoken to in plain. */
const plainMs = 3_600_000;

/**
 * Tries the hosts of a route in order (row F17). A host that offers TLS and fails at it is tried again in plain, where
 * TLS was only opportunistic, and remembered for an hour (row F30); where TLS is required it never is.
 */
export function createHostDialer(
  open: (target: LinkTarget) => Promise<OpenedLink>,
  { ehloName }: { ehloName: string },
): HostDialer {
  const plainUntilMs = new Map<string, number>();

  async function openHost(target: LinkTarget): Promise<OpenedLink> {
    const key = `${target.host}:${target.port}`;
    const isPlain = target.tls === 'opportunistic' && (plainUntilMs.get(key) ?? 0) > performance.now();
    const opened = await open(isPlain ? { ...target, tls: 'off' } : target);
    if (opened.kind === 'open' || !opened.isTlsFault || target.tls !== 'opportunistic') return opened;
    plainUntilMs.set(key, performance.now() + plainMs);
    return await open({ ...target, tls: 'off' });
  }

  return {
    async open({ route: { hosts, tls, login }, ip }) {
      let failed: OpenedLink = { kind: 'failed', outcome: noHost, isTlsFault: false };
      for (const { host, port } of hosts) {
        failed = await openHost({ host, port, ip, ehloName, tls, login });
        if (failed.kind === 'open') return failed;
      }
      return failed;
    },
  };
}

const noHost: Outcome = {
  kind: 'deferred',
  category: 'DNS_FAILURE',
  scope: 'site',
  status: '4.4.3',
  response: 'the route has no host',
};
