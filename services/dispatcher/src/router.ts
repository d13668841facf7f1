import type { DispatchItem } from '@posthorn/contracts';
import type { Outcome } from './outcome.ts';
import type { TlsaRecord } from './smtp/dane.ts';
import type { LinkTarget, TlsPolicy } from './smtp/link-target.ts';
import type { TlsFailure } from './smtp/tls-session.ts';

/** Where mail for a domain goes. */
export type Route = Readonly<{
  /** The group of domains that share these hosts: what a receiver's limits apply to. */
  site: string;
  /** Routes with the same key may share connections and transactions; without one, those with the same hosts. */
  key?: string;
  /**
   * In order of preference; the next one is tried when one cannot be reached (row F17). Chance orders those of one
   * `preference`; without it they are tried as they stand.
   */
  hosts: readonly RouteHost[];
  tls: LinkTarget['tls'];
  /** Who demands TLS; absent where only `SMTP_ROUTE` may. */
  tlsPolicy?: TlsPolicy;
  login?: LinkTarget['login'];
  /** Finds and judges the hosts' addresses; without it the system resolves them, and any will do. */
  guide?: RouteGuide;
  /** There is no way: nothing is tried. */
  refusal?: Refusal;
}>;

export type RouteHost = Readonly<{ host: string; port: number; preference?: number }>;

export type Refusal = Readonly<{
  outcome: Outcome;
  /** Until the delivery is this old the outcome is only a deferral, so that it is looked at again. */
  confirmAfterMs?: number;
}>;

export type RouteGuide = {
  /** Never rejects. */
  locate(host: string): Promise<LocatedHost>;
  /** Told how the TLS of each session went. */
  onSession(session: {
    host: string;
    /** Where it was dialled, and from. */
    address?: string | undefined;
    ip?: string | undefined;
    isDane: boolean;
    result: 'success' | TlsFailure;
  }): void;
};

export type LocatedHost =
  /** Addresses to dial, in order, and what the host must prove (DANE). */
  | Readonly<{ kind: 'found'; addresses: readonly string[]; tlsa?: readonly TlsaRecord[] }>
  /** It is this machine: neither it nor any host that is not preferred to it gets the mail. */
  | Readonly<{ kind: 'own' }>
  | Readonly<{ kind: 'nowhere'; outcome: Outcome }>;

/** Finds the route of a recipient's domain, lower case. Never rejects: a domain that cannot be reached has a `refusal`. */
export type Router = {
  /** The way of a `tls-report` holds nobody to a policy, and its sessions are not counted. */
  routeFor(domain: string, purpose?: DispatchItem['purpose']): Promise<Route>;
};

/** A router that sends everything one way: to the local mailbox, or to a smarthost. */
export function createSingleRouter(route: Route): Router {
  return { routeFor: async () => route };
}

/**
 * Reads a route from `SMTP_ROUTE`: `smtp://host:port`, several separated by commas in order of preference.
 *
 * `smtps://` speaks TLS from the first byte. With a user and password in it, TLS is required and verified unless the
 * host is this machine, so that no secret leaves in the clear; `?tls=required` and `?tls=off` say so outright.
 * Throws an Error that does not quote the value, which may hold a password.
 */
export function parseRoute(text: string): Route {
  const urls = text.split(',').map((part) => URL.parse(part.trim()));
  const [first] = urls;
  if (!first || urls.some((url) => !url || !/^smtps?:$/.test(url.protocol) || !url.hostname)) {
    throw new Error('must be smtp://host:port, or several separated by commas');
  }
  const hosts = urls.flatMap((url) => (url ? [{ host: hostOf(url), port: portOf(url) }] : []));
  const user = decodeURIComponent(first.username);
  const login = user ? { user, pass: decodeURIComponent(first.password) } : undefined;
  return { site: hostOf(first), hosts, tls: tlsOf(first), ...(login && { login }) };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function portOf({ port, protocol }: URL): number {
  return port ? Number(port) : protocol === 'smtps:' ? 465 : 25;
}

function tlsOf(url: URL): Route['tls'] {
  const asked = url.searchParams.get('tls');
  if (url.protocol === 'smtps:') return 'implicit';
  if (asked === 'required' || asked === 'off' || asked === 'opportunistic') return asked;
  const isLocal = /^(localhost|127\..*|::1)$/.test(hostOf(url));
  return url.username && !isLocal ? 'required' : 'opportunistic';
}
