import type { AttemptTls, Conversation, DispatchItem } from '@posthorn/contracts';
import type { BagContext, Taken } from '@posthorn/queue';
import type { Clock } from '@posthorn/runtime';
import type { AttemptTelemetry } from './attempt-telemetry.ts';
import type { DeliveryMarks } from './delivery-mark.ts';
import type { DeliveryTry } from './delivery-plan.ts';
import { broken, type Outcome } from './outcome.ts';
import type { Refusal, Route, Router } from './router.ts';
import type { Go, Shaping, Wait } from './shaping.ts';
import type { MayEnd, OutboundMessage } from './smtp/outbound-message.ts';
import type { Sent, SmtpPool } from './smtp-pool.ts';

/** What came of one try. */
export type TryResult = DeliveryTry &
  (
    | Readonly<{
        kind: 'attempted';
        outcome: Outcome;
        mx: string | undefined;
        tls?: AttemptTls | undefined;
        conversation?: Conversation | undefined;
        site: string;
        /** Source address, where a pool chose one. */
        ip?: string | undefined;
        /** A `committing` mark was asked for, so there may be one. */
        isMarked: boolean;
      }>
    | (Wait & Readonly<{ site: string }>)
  );

/** A moment at which a test may kill the process; product code never waits there. */
export type Phase = 'before_dot' | 'after_mark' | 'after_250' | 'before_settle';
export type OnPhase = (phase: Phase) => Promise<void> | undefined;

export type SiteAttemptsDeps = Readonly<{
  router: Router;
  shaping: Shaping;
  smtp: SmtpPool;
  marks: DeliveryMarks;
  clock: Clock;
  telemetry: AttemptTelemetry;
  onPhase?: OnPhase;
}>;

export type TryDeliveries = (
  taken: Taken<DispatchItem>,
  tries: readonly DeliveryTry[],
  lease: Pick<BagContext, 'isLeaseFresh'>,
) => Promise<readonly TryResult[]>;

type Lease = Pick<BagContext, 'isLeaseFresh'>;

/** Makes the step that tries the recipients of an item: those of one site share a transaction (row F20). */
export function createSiteAttempts(deps: SiteAttemptsDeps): TryDeliveries {
  return async (taken, tries, lease) => {
    const sites = await bySite(tries, taken.item, deps.router);
    const results = await Promise.all([...sites.values()].map((site) => trySite(deps, taken, site, lease)));
    return results.flat();
  };
}

async function trySite(
  deps: SiteAttemptsDeps,
  taken: Taken<DispatchItem>,
  { route, tries }: SiteTries,
  lease: Lease,
): Promise<TryResult[]> {
  if (route.refusal) return refuseAll(tries, route.site, refusalNow(route.refusal, taken, deps.clock));
  for (;;) {
    const permit = await deps.shaping.permit({ taken, route, tries });
    if (permit.kind === 'wait') return waitAll(deps, { route, tries }, permit);
    const { sent, marked } = await send(deps, taken, { route, tries }, { lease, permit });
    if (!sent.untried) return attemptedAll({ route, tries }, { sent, marked, ip: permit.source?.address });
    const next = permit.untried(sent.untried);
    if (next !== 'again') return waitAll(deps, { route, tries }, next);
  }
}

async function send(
  deps: SiteAttemptsDeps,
  taken: Taken<DispatchItem>,
  { route, tries }: SiteTries,
  { lease, permit }: { lease: Lease; permit: Go },
): Promise<{ sent: Sent; marked: ReadonlySet<string> }> {
  const { item } = taken;
  const marked = new Set<string>();
  const mayEnd = createCommit(deps, { taken, tries, lease, marked });
  const message = messageFor(item, tries);
  const domain = domainOf(message.recipients[0] ?? '');
  const { statusId, trace: parent } = item;
  const about = { statusId, site: route.site, domain, ip: permit.source?.address, parent };
  const sent = await deps.telemetry.observe(about, () =>
    deps.smtp.send(message, { ...permit, route, mayEnd }),
  );
  if (sent.untried) return { sent, marked };
  permit.sent(sent.outcomes.values(), sent.mx !== undefined);
  await deps.onPhase?.('after_250');
  return { sent, marked };
}

function waitAll(
  { telemetry }: SiteAttemptsDeps,
  { route: { site }, tries }: SiteTries,
  wait: Wait,
): TryResult[] {
  telemetry.waited(wait, site, tries.length);
  return tries.map((delivery) => ({ ...delivery, ...wait, site }));
}

function attemptedAll(
  { route, tries }: SiteTries,
  { sent, marked, ip }: { sent: Sent; marked: ReadonlySet<string>; ip: string | undefined },
): TryResult[] {
  const { mx, tls, conversation } = sent;
  return tries.map((delivery) => ({
    ...delivery,
    kind: 'attempted',
    outcome: sent.outcomes.get(delivery.address) ?? unanswered,
    ...{ mx, tls, conversation, site: route.site, ip },
    isMarked: marked.has(delivery.deliveryId),
  }));
}

/** A refusal that wants to be confirmed is only a deferral of a delivery that is still young (row F35). */
function refusalNow(
  { outcome, confirmAfterMs = 0 }: Refusal,
  { firstPostedAtMs }: Taken<DispatchItem>,
  clock: Clock,
): Outcome {
  if (outcome.kind !== 'bounced' || clock.nowMs() - firstPostedAtMs >= confirmAfterMs) return outcome;
  return broken('4.4.3', outcome.category, `${outcome.response}; looked up once more later`);
}

function refuseAll(tries: readonly DeliveryTry[], site: string, outcome: Outcome): TryResult[] {
  return tries.map((delivery) => ({
    ...delivery,
    ...{ kind: 'attempted', outcome, mx: undefined, site, isMarked: false },
  }));
}

function messageFor(item: DispatchItem, tries: readonly DeliveryTry[]): OutboundMessage {
  const { returnPath: from, rendition, smtpUtf8 } = item;
  return { from, recipients: [...new Set(tries.map(({ address }) => address))], rendition, smtpUtf8 };
}

/**
 * Makes the last step before the final dot: the deliveries are marked durably, so that a crash from here on is known to
 * be undecided, and then the lease is looked at, so that a worker that slept does not send what another has taken over
 * (rows B3, F06). Ids it asked a mark for are added to `marked`, whether or not the writing worked.
 */
function createCommit(
  { marks, onPhase }: SiteAttemptsDeps,
  on: { taken: Taken<DispatchItem>; tries: readonly DeliveryTry[]; lease: Lease; marked: Set<string> },
): MayEnd {
  const { item, attempt } = on.taken;

  return async (accepted) => {
    await onPhase?.('before_dot');
    if (!on.lease.isLeaseFresh()) return 'lease-lost';
    const writes = on.tries
      .filter(({ address }) => accepted.includes(address))
      .map(({ deliveryId, ambiguousCount }) => {
        on.marked.add(deliveryId);
        return marks.write(deliveryId, { state: 'committing', attempt, ambiguousCount }, item.expiresAtMs);
      });
    await Promise.all(writes);
    await onPhase?.('after_mark');
    return on.lease.isLeaseFresh() ? 'go' : 'lease-lost';
  };
}

const unanswered: Outcome = {
  kind: 'deferred',
  category: 'TEMPORARY_PROBLEM',
  scope: 'recipient',
  response: 'the recipient got no answer',
};

type SiteTries = Readonly<{ route: Route; tries: readonly DeliveryTry[] }>;

async function bySite(
  tries: readonly DeliveryTry[],
  { purpose }: DispatchItem,
  router: Router,
): Promise<ReadonlyMap<string, SiteTries>> {
  const sites = new Map<string, { route: Route; tries: DeliveryTry[] }>();
  for (const delivery of tries) {
    const route = await router.routeFor(domainOf(delivery.address), purpose);
    // A site may have several ways to it, and a message goes one way.
    const key = route.key ?? route.site;
    const site = sites.get(key) ?? { route, tries: [] };
    site.tries.push(delivery);
    sites.set(key, site);
  }
  return sites;
}

/** The domain of an address, lower case; the only part of it that may be logged. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
