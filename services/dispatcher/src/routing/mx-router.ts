import { domainToASCII } from 'node:url';
import type { TlsPolicyText } from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';
import { broken, refused } from '../outcome.ts';
import type { LocatedHost, Refusal, Route, RouteGuide, Router } from '../router.ts';
import type { TlsaRecord } from '../smtp/dane.ts';
import type { HostLocator } from './host-locator.ts';
import { isHostName } from './host-name.ts';
import type { FindMailHosts, MailHost } from './mail-hosts.ts';
import { siteNameOf } from './site-name.ts';
import type { StsPolicies } from './sts-policies.ts';
import { isHostInPolicy, type StsPolicy } from './sts-policy.ts';
import type { TlsReport } from './tls-report.ts';
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
    async routeFor(text, purpose) {
      const domain = domainToASCII(text.replace(/\.$/, ''));
      // Nobody publishes who takes mail for an address, and asking for one is how mail is smuggled past all of this.
      if (!isHostName(domain) || /^[\d.]+$/.test(domain)) return nowhere(text, literal);
      if (purpose === undefined) return await routes.get(domain, () => findRoute(domain, deps));
      return await routes.get(`${domain} ${purpose}`, () => findReportRoute(domain, deps));
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

/** A report of TLS failures must not be held up by one (RFC 8460, section 3), nor make the next report. */
async function findReportRoute(domain: string, deps: MxRouterDeps): Promise<Timed<Route>> {
  const uncounted = {
    ...deps,
    stsPolicies: async () => undefined,
    requiresTls: () => false,
    findTlsaRecords: async () => ({ kind: 'none' as const }),
    tlsReport: { count: () => undefined },
  };
  const { value, ttlMs } = await findRoute(domain, uncounted);
  return { value: { ...value, ...(value.key && { key: `tls-report ${value.key}` }) }, ttlMs };
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
    guide: createGuide({ domain, isAuthentic: found.isAuthentic, policy }, deps),
  };
}

const unnamed: Refusal = {
  outcome: broken('4.7.5', 'POLICY', 'no mail host of the domain is in its MTA-STS policy'),
};

function nowhere(site: string, refusal: Refusal): Route {
  return { site, hosts: [], tls: 'opportunistic', refusal };
}

type About = { domain: string; isAuthentic: boolean; policy: StsPolicy | undefined };

function createGuide({ domain, isAuthentic, policy }: About, deps: MxRouterDeps): RouteGuide {
  const { locate, findTlsaRecords, tlsReport } = deps;
  const tlsaTexts = new Map<string, TlsPolicyText>();
  const stsText = policy && stsTextOf(policy);
  return {
    async locate(host): Promise<LocatedHost> {
      const located = await locate(host);
      // Where the way to the host is not validated, neither is what it says of itself (RFC 7672, section 2.2.1).
      if (located.kind !== 'found' || !located.isAuthentic || !isAuthentic) return located;
      const tlsa = await findTlsaRecords(host);
      if (tlsa.kind === 'failed') return { kind: 'nowhere', outcome: tlsa.outcome };
      if (tlsa.kind === 'none') return located;
      tlsaTexts.set(host, tlsaTextOf(tlsa.records));
      return { ...located, tlsa: tlsa.records };
    },
    onSession({ host: mx, address, ip, isDane, result }) {
      const session = { domain, mx, result, receivingIp: address, sendingIp: ip };
      if (isDane) tlsReport.count({ ...session, policy: 'tlsa', text: tlsaTexts.get(mx) });
      else if (policy) tlsReport.count({ ...session, policy: 'sts', text: stsText });
      else tlsReport.count({ ...session, policy: 'no-policy-found' });
    },
  };
}

function stsTextOf({ mode, mx, maxAgeSeconds }: StsPolicy): TlsPolicyText {
  const strings = [
    'version: STSv1',
    `mode: ${mode}`,
    ...mx.map((host) => `mx: ${host}`),
    `max_age: ${maxAgeSeconds}`,
  ];
  return { strings, mxPatterns: mx };
}

/** As in a zone file. */
function tlsaTextOf(records: readonly TlsaRecord[]): TlsPolicyText {
  return {
    strings: records.map(
      ({ usage, selector, matchingType, certificate }) =>
        `${usage} ${selector} ${matchingType} ${certificate.toString('hex')}`,
    ),
  };
}
