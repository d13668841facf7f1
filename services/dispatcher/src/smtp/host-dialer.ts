import { isIP } from 'node:net';
import { broken, refused } from '../outcome.ts';
import type { LocatedHost, Route, RouteHost } from '../router.ts';
import { usableRecords } from './dane.ts';
import type { LinkTarget, OpenedLink } from './smtp-link.ts';

/** Opens connections along a route. */
export type HostDialer = {
  open(along: { route: Route; ip?: string | undefined }): Promise<OpenedLink>;
};

export type HostDialerOptions = Readonly<{
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

/**
 * Tries the hosts of a route in order, and every address of each (row F17). A host that offers TLS and fails at it is
 * tried again in plain, where TLS was only opportunistic, and remembered for an hour (row F30); where it is demanded it
 * never is.
 */
export function createHostDialer(
  open: Open,
  { ehloName, random = Math.random }: HostDialerOptions,
): HostDialer {
  const openHost = rememberingPlain(open);

  return {
    async open({ route, ip }) {
      const { tls, tlsPolicy: policy = 'none', login } = route;
      const search = new Search();
      for (const group of byPreference(route.hosts, random)) {
        if (search.isOver) break;
        const located = await Promise.all(group.map((host) => locate(host, route, ip)));
        // What is not preferred to ourselves must not get the mail, or it would come back (RFC 5321, section 5.1).
        if (located.some(({ place }) => place.kind === 'own')) return search.resultOfLoop;
        for (const { host, place } of located) {
          if (place.kind === 'nowhere')
            search.failed({ kind: 'failed', outcome: place.outcome, isTlsFault: false });
          if (place.kind !== 'found') continue;
          for (const address of place.addresses) {
            const target = { ...host, address, ip, ehloName, tls, policy, login, ...daneOf(place) };
            const opened = await openHost(target);
            report(opened, target, route);
            if (opened.kind === 'open') return opened;
            search.failed(opened);
            if (search.isOver) return search.result;
          }
        }
      }
      return search.result;
    },
  };
}

/** What came of the hosts so far. A failure that may pass outweighs one that does not, since it says: try again. */
class Search {
  readonly #endsAtMs = performance.now() + searchMsMax;
  #result: FailedLink | undefined;

  get isOver(): boolean {
    return performance.now() > this.#endsAtMs;
  }

  get result(): FailedLink {
    return this.#result ?? { kind: 'failed', outcome: noHost, isTlsFault: false };
  }

  /** Where nobody is preferred to ourselves. */
  get resultOfLoop(): FailedLink {
    return this.#result ?? { kind: 'failed', outcome: loop, isTlsFault: false };
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

function report(opened: OpenedLink, { host, policy }: LinkTarget, { guide }: Route): void {
  const isDane = policy === 'dane';
  if (opened.kind === 'open') guide?.onSession({ host, isDane, result: opened.tlsFailure ?? 'success' });
  else if (opened.tlsFailure) guide?.onSession({ host, isDane, result: opened.tlsFailure });
}

function rememberingPlain(open: Open): Open {
  const plainUntilMs = new Map<string, number>();

  return async (target) => {
    const key = `${target.host}:${target.port}`;
    const isPlain = target.tls === 'opportunistic' && (plainUntilMs.get(key) ?? 0) > performance.now();
    const opened = await open(isPlain ? { ...target, tls: 'off' } : target);
    if (opened.kind === 'open' || !opened.isTlsFault || target.tls !== 'opportunistic') return opened;
    if (plainUntilMs.size >= 10_000) plainUntilMs.clear();
    plainUntilMs.set(key, performance.now() + plainMs);
    const plain = await open({ ...target, tls: 'off' });
    return { ...plain, tlsFailure: opened.tlsFailure };
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
