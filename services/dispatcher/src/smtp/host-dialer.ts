import { isIP } from 'node:net';
import { broken, refused } from '../outcome.ts';
import type { LocatedHost, Route, RouteHost } from '../router.ts';
import { usableRecords } from './dane.ts';
import type { LinkTarget } from './link-target.ts';
import { RecentSet } from './recent-set.ts';
import type { OpenedLink } from './smtp-link.ts';
import type { Transcript } from './transcript.ts';

/** Opens connections along a route. */
export type HostDialer = {
  open(along: {
    route: Route;
    source?: LinkSource | undefined;
    transcript?: Transcript | undefined;
    /** Told of each socket that was opened. */
    watch?: LinkTarget['watch'];
  }): Promise<OpenedLink>;
};

/** What to send from. */
export type LinkSource = Readonly<{
  address: string;
  /** Must resolve to the address (RFC 5321, section 4.1.1.1). */
  ehloName: string;
  socks5?: LinkTarget['socks5'];
}>;

export type HostDialerOptions = Readonly<{
  /** What we call ourselves where no source does. */
  ehloName: string;
  /** From 0 up to but not 1. */
  random?: () => number;
}>;

type Open = (target: LinkTarget) => Promise<OpenedLink>;
type FailedLink = Extract<OpenedLink, { kind: 'failed' }>;

/** How long a host whose TLS failed is spoken to in plain. */
const plainMs = 3_600_000;

/** No further host or address is tried after this long: ten hosts of five addresses could hold a message for hours. */
const searchMsMax = 120_000;

/** How long an address that took no connection is tried only after all others. */
const unreachableMs = 60_000;

/**
 * Tries the hosts of a route in order, and every address of each (row F17); one that just took no connection comes last,
 * so that a dead host does not cost every connection its timeout. A host that offers TLS and fails at it is tried again
 * in plain, where TLS was only opportunistic, and remembered for an hour (row F30); where it is demanded it never is.
 */
export function createHostDialer(
  open: Open,
  { ehloName: ownName, random = Math.random }: HostDialerOptions,
): HostDialer {
  const openHost = rememberingPlain(open);
  const unreachable = new RecentSet({ keptMs: unreachableMs });

  async function attempt(target: LinkTarget, route: Route, search: Search): Promise<OpenedLink> {
    const opened = await openHost(target);
    report(opened, target, route);
    if (opened.kind === 'failed') search.failed(opened);
    if (opened.kind === 'failed' && opened.isUnreachable) unreachable.add(placeOf(target));
    return opened;
  }

  return {
    async open({ route, source, transcript, watch }) {
      const search = new Search();
      const later: LinkTarget[] = [];
      const { address: ip, ehloName = ownName, socks5 } = source ?? {};
      const own = { ip, ehloName, socks5, transcript, watch, random };
      for await (const target of targetsAlong(route, own, search)) {
        if (unreachable.has(placeOf(target))) {
          later.push(target);
          continue;
        }
        const opened = await attempt(target, route, search);
        if (opened.kind === 'open' || opened.isSourceGone) return opened;
        if (search.isOver) return search.result;
      }
      for (const target of later) {
        const opened = await attempt(target, route, search);
        if (opened.kind === 'open' || opened.isSourceGone) return opened;
        if (search.isOver) break;
      }
      return search.result;
    },
  };
}

function placeOf({ host, address = host, port, ip = '' }: LinkTarget): string {
  return `${ip} ${address} ${port}`;
}

type OwnEnd = Pick<LinkTarget, 'ip' | 'socks5' | 'ehloName' | 'transcript' | 'watch'>;

/** Yields what to connect to, one after the other; hosts that lead nowhere go to `search`. */
async function* targetsAlong(
  route: Route,
  { random, ...own }: OwnEnd & { random: () => number },
  search: Search,
): AsyncGenerator<LinkTarget> {
  const { tls, tlsPolicy: policy = 'none', login } = route;
  for (const group of byPreference(route.hosts, random)) {
    if (search.isOver) return;
    const located = await Promise.all(group.map((host) => locate(host, route, own.ip)));
    // What is not preferred to ourselves must not get the mail, or it would come back (RFC 5321, section 5.1).
    if (located.some(({ place }) => place.kind === 'own')) return search.foundLoop();
    for (const { host, place } of located) {
      if (place.kind === 'nowhere') {
        search.failed({ kind: 'failed', outcome: place.outcome, isTlsFault: false });
        own.transcript?.note('us', `(${host.host}: ${place.outcome.response})`);
      }
      if (place.kind !== 'found') continue;
      for (const address of place.addresses)
        yield { ...host, ...own, address, tls, policy, login, ...daneOf(place) };
    }
  }
}

/** What came of the hosts so far. A failure that may pass outweighs one that does not, since it says: try again. */
class Search {
  readonly #endsAtMs = performance.now() + searchMsMax;
  #result: FailedLink | undefined;
  #ifNothing = noHost;

  get isOver(): boolean {
    return performance.now() > this.#endsAtMs;
  }

  get result(): FailedLink {
    return this.#result ?? { kind: 'failed', outcome: this.#ifNothing, isTlsFault: false };
  }

  /** The next host is ourselves: where nobody is preferred to it, that is what is wrong. */
  foundLoop(): void {
    this.#ifNothing = loop;
  }

  failed(failure: FailedLink): void {
    const isWorse = failure.outcome.kind === 'bounced' && this.#result?.outcome.kind === 'deferred';
    if (!isWorse) this.#result = failure;
  }
}

const noHost = broken('4.4.3', 'DNS_FAILURE', 'the route has no host');
const loop = refused('5.4.6', 'DNS_FAILURE', 'mail for the domain loops back to this system');

type Found = Readonly<{
  kind: 'found';
  /** Undefined: the name itself is dialled. */
  addresses: readonly (string | undefined)[];
  tlsa?: Extract<LocatedHost, { kind: 'found' }>['tlsa'];
}>;
type Place = Exclude<LocatedHost, { kind: 'found' }> | Found;

async function locate(
  host: RouteHost,
  { guide }: Route,
  ip: string | undefined,
): Promise<{ host: RouteHost; place: Place }> {
  if (!guide) return { host, place: { kind: 'found', addresses: [undefined] } };
  const place = await guide.locate(host.host);
  if (place.kind !== 'found' || ip === undefined) return { host, place };
  // A socket bound to an address of one family cannot reach the other.
  const addresses = place.addresses.filter((address) => isIP(address) === isIP(ip));
  return {
    host,
    place: addresses.length > 0 ? { ...place, addresses } : { kind: 'nowhere', outcome: otherFamily },
  };
}

const otherFamily = broken(
  '4.4.1',
  'TEMPORARY_PROBLEM',
  'the mail host has no address of the family that is sent from',
);

function daneOf({ tlsa }: Found): Pick<LinkTarget, 'tls' | 'policy' | 'tlsa'> | undefined {
  return tlsa && { tls: 'required', policy: 'dane', tlsa: usableRecords(tlsa) };
}

function report(opened: OpenedLink, { host, address, ip, policy }: LinkTarget, { guide }: Route): void {
  const session = { host, address, ip, isDane: policy === 'dane' };
  if (opened.kind === 'open') guide?.onSession({ ...session, result: opened.tlsFailure ?? 'success' });
  else if (opened.tlsFailure) guide?.onSession({ ...session, result: opened.tlsFailure });
}

function rememberingPlain(open: Open): Open {
  const plain = new RecentSet({ keptMs: plainMs });

  return async (target) => {
    const key = `${target.host}:${target.port}`;
    const isPlain = target.tls === 'opportunistic' && plain.has(key);
    const opened = await open(isPlain ? { ...target, tls: 'off' } : target);
    if (opened.kind === 'open' || !opened.isTlsFault || target.tls !== 'opportunistic') return opened;
    plain.add(key);
    const reopened = await open({ ...target, tls: 'off' });
    return { ...reopened, tlsFailure: opened.tlsFailure };
  };
}

/** Hosts without a preference stand each for itself, in their order. */
function byPreference(hosts: readonly RouteHost[], random: () => number): RouteHost[][] {
  const groups = new Map<number, RouteHost[]>();
  for (const [at, host] of hosts.entries()) {
    const preference = host.preference ?? at;
    const group = groups.get(preference) ?? [];
    // Fisher and Yates, one at a time.
    const place = Math.floor(random() * (group.length + 1));
    group.push(host);
    [group[place], group[group.length - 1]] = [host, group[place] ?? host];
    groups.set(preference, group);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}
