import { domainToASCII } from 'node:url';
import type { Clock } from '@posthorn/runtime';
import { broken, refused } from '../outcome.ts';
import type { LocatedHost, Refusal, Route, RouteGuide, Router } from '../router.ts';
import type { HostLocator } from './host-locator.ts';
import { isHostName } from './host-name.ts';
import type { FindMailHosts, MailHost } from './mail-hosts.ts';
import { siteNameOf } from './site-name.ts';
import type { StsPolicies } from './sts-policies.ts';
import { isHostInPolicy, type StsPolicy } from './sts-policy.ts';
import type { TlsCount, TlsReport } from './tls-report.ts';
import type { FindTlsaRecords } from './tlsa-records.ts';
import { type Timed, TtlCache } from './ttl-cache.ts';

export type MxRouterDeps = Readonly<{
  findMailHosts: FindMailHosts;
  locate: HostLocator;
  findTlsaRecords: FindTlsaRecords;
  stsPolicies: StsPolicies;
  tlsReport: TlsReport;
  clock: Clock;
  /** Where mail hosts listen; 25 but in tests. */
  port: number;
  /** Whether mail for the domain may only go over verified TLS, whatever the domain itself says. */
  requiresTls: (domain: string) => boolean;
}>;

/** How long a route is believed, whatever its records say: a time to live of nothing must not mean a lookup a message. */
const routeMs = { min: 60_000, max: 3_600_000 };

/**
 * Makes a router that finds the way to a domain in DNS. Routes are remembered, failures only briefly; those who ask at
 * once share one lookup.
 */
export function createMxRouter(deps: MxRouterDeps): Router {
  const routes = new TtlCache<Route>({ clock: deps.clock, entriesMax: 50_000 });

  return {
    async routeFor(text) {
      const domain = domainToASCII(text.replace(/\.$/, ''));
      // Nobody publishes who takes mail for an address, and asking for one is how mail is smuggled past all of this.
      if (!isHostName(domain) || /^[\d.]+$/.test(domain)) return nowhere(text, literal);
      return await routes.get(domain, () => findRoute(domain, deps));
    },
  };
}

const literal: Refusal = {
  outcome: refused('5.1.2', 'DNS_FAILURE', 'the domain of the address is no host name'),
};

async function findRoute(domain: string, deps: MxRouterDeps): Promise<Timed<Route>> {
  const [found, policy] = await Promise.all([deps.findMailHosts(domain), deps.stsPolicies(domain)]);
  if (found.kind === 'refused') {
    return { value: nowhere(domain, found.refusal), ttlMs: Math.min(found.ttlMs, routeMs.max) };
  }
  const ttlMs = Math.min(Math.max(found.ttlMs, routeMs.min), routeMs.max);
  return { value: routeAlong(domain, found, policy, deps), ttlMs };
}

function routeAlong(
  domain: string,
  found: { hosts: readonly MailHost[]; isAuthentic: boolean },
  policy: StsPolicy | undefined,
  deps: MxRouterDeps,
): Route {
  const isEnforced = policy?.mode === 'enforce';
  const named = found.hosts.filter(({ host }) => !isEnforced || isHostInPolicy(policy, host));
  if (named.length === 0) return nowhere(domain, unnamed);
  const tlsPolicy = isEnforced ? 'sts' : deps.requiresTls(domain) ? 'required' : 'none';
  const hosts = [...named]
    .sort((a, b) => a.preference - b.preference || (a.host < b.host ? -1 : 1))
    .map(({ host, preference }) => ({ host, port: deps.port, preference }));
  return {
    site: siteNameOf(found.hosts.map(({ host }) => host)),
    // Domains whose mail may share a connection: the same hosts, and the same proof asked of them.
    key: JSON.stringify([hosts, tlsPolicy, found.isAuthentic]),
    hosts,
    tls: tlsPolicy === 'none' ? 'opportunistic' : 'required',
    tlsPolicy,
    guide: createGuide({ domain, isAuthentic: found.isAuthentic, isSts: policy !== undefined }, deps),
  };
}

const unnamed: Refusal = {
  outcome: broken('4.7.5', 'POLICY', 'no mail host of the domain is in its MTA-STS policy'),
};

function nowhere(site: string, refusal: Refusal): Route {
  return { site, hosts: [], tls: 'opportunistic', refusal };
}

type About = { domain: string; isAuthentic: boolean; isSts: boolean };

function createGuide({ domain, isAuthentic, isSts }: About, deps: MxRouterDeps): RouteGuide {
  const { locate, findTlsaRecords, tlsReport } = deps;
  return {
    async locate(host): Promise<LocatedHost> {
      const located = await locate(host);
      // Where the way to the host is not validated, neither is what it says of itself (RFC 7672, section 2.2.1).
      if (located.kind !== 'found' || !located.isAuthentic || !isAuthentic) return located;
      const tlsa = await findTlsaRecords(host);
      if (tlsa.kind === 'failed') return { kind: 'nowhere', outcome: tlsa.outcome };
      return tlsa.kind === 'records' ? { ...located, tlsa: tlsa.records } : located;
    },
    onSession({ host: mx, isDane, result }) {
      const policy: TlsCount['policy'] = isDane ? 'tlsa' : isSts ? 'sts' : 'no-policy-found';
      tlsReport.count({ domain, policy, mx, result });
    },
  };
}
