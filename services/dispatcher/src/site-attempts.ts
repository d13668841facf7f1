import type { DispatchItem } from '@posthorn/contracts';
import type { BagContext, Taken } from '@posthorn/queue';
import { observeAttempt } from './attempt-telemetry.ts';
import type { DeliveryMarks } from './delivery-mark.ts';
import type { DeliveryTry } from './delivery-plan.ts';
import type { Outcome } from './outcome.ts';
import type { Route, Router } from './router.ts';
import type { Shaping } from './shaping.ts';
import type { MayEnd } from './smtp/outbound-message.ts';
import type { SmtpPool } from './smtp-pool.ts';

/** What came of one try. */
export type TryResult = DeliveryTry &
  (
    | Readonly<{
        kind: 'attempted';
        outcome: Outcome;
        mx: string | undefined;
        site: string;
        /** A `committing` mark was asked for, so there may be one. */
        isMarked: boolean;
      }>
    | Readonly<{ kind: 'wait'; delayMs: number; reason: string }>
  );

/** A moment at which a test may kill the process; product code never waits there. */
export type Phase = 'before_dot' | 'after_mark' | 'after_250' | 'before_settle';
export type OnPhase = (phase: Phase) => Promise<void> | undefined;

export type SiteAttemptsDeps = Readonly<{
  router: Router;
  shaping: Shaping;
  smtp: SmtpPool;
  marks: DeliveryMarks;
  onPhase?: OnPhase;
}>;

export type TryDeliveries = (
  taken: Taken<DispatchItem>,
  tries: readonly DeliveryTry[],
  ctx: Pick<BagContext, 'isLeaseFresh'>,
) => Promise<readonly TryResult[]>;

/** Makes the step that tries the recipients of an item: those of one site share a transaction (row F20). */
export function createSiteAttempts({
  router,
  shaping,
  smtp,
  marks,
  onPhase,
}: SiteAttemptsDeps): TryDeliveries {
  return async (taken, tries, ctx) => {
    const sites = await bySite(tries, router);
    const results = await Promise.all([...sites.values()].map((site) => trySite(taken, site, ctx)));
    return results.flat();
  };

  async function trySite(
    taken: Taken<DispatchItem>,
    { route, tries }: SiteTries,
    ctx: Pick<BagContext, 'isLeaseFresh'>,
  ): Promise<TryResult[]> {
    const { item } = taken;
    const permit = await shaping.permit(item, route.site);
    if (permit.kind === 'wait') return tries.map((delivery) => ({ ...delivery, ...permit }));

    const { mayEnd, marked } = createCommit(taken, tries, ctx);
    const message = {
      from: item.returnPath,
      recipients: [...new Set(tries.map(({ address }) => address))],
      rendition: item.rendition,
      smtpUtf8: item.smtpUtf8,
    };
    const about = {
      statusId: item.statusId,
      site: route.site,
      domain: domainOf(message.recipients[0] ?? ''),
      parent: item.trace,
    };
    const { ip, connectionsMax } = permit;
    const sent = await observeAttempt(about, () => smtp.send(message, { route, ip, connectionsMax, mayEnd }));
    await onPhase?.('after_250');
    return tries.map((delivery) => ({
      ...delivery,
      kind: 'attempted',
      outcome: sent.outcomes.get(delivery.address) ?? unanswered,
      mx: sent.mx,
      site: route.site,
      isMarked: marked.has(delivery.deliveryId),
    }));
  }

  /**
   * The last step before the final dot: the deliveries are marked durably, so that a crash from here on is known to be
   * undecided, and then the lease is looked at, so that a worker that slept does not send what another has taken over
   * (rows B3, F06).
   */
  function createCommit(
    { item, attempt }: Taken<DispatchItem>,
    tries: readonly DeliveryTry[],
    { isLeaseFresh }: Pick<BagContext, 'isLeaseFresh'>,
  ): { mayEnd: MayEnd; marked: ReadonlySet<string> } {
    const marked = new Set<string>();

    async function mayEnd(accepted: readonly string[]) {
      await onPhase?.('before_dot');
      if (!isLeaseFresh()) return 'lease-lost';
      const writes = tries
        .filter(({ address }) => accepted.includes(address))
        .map(({ deliveryId, ambiguousCount }) => {
          marked.add(deliveryId);
          return marks.write(deliveryId, { state: 'committing', attempt, ambiguousCount }, item.expiresAtMs);
        });
      await Promise.all(writes);
      await onPhase?.('after_mark');
      return isLeaseFresh() ? 'go' : 'lease-lost';
    }
    return { mayEnd, marked };
  }
}

const unanswered: Outcome = {
  kind: 'deferred',
  category: 'TEMPORARY_PROBLEM',
  scope: 'recipient',
  response: 'the recipient got no answer',
};

type SiteTries = Readonly<{ route: Route; tries: DeliveryTry[] }>;

async function bySite(
  tries: readonly DeliveryTry[],
  router: Router,
): Promise<ReadonlyMap<string, SiteTries>> {
  const sites = new Map<string, SiteTries>();
  for (const delivery of tries) {
    const route = await router.routeFor(domainOf(delivery.address));
    const site = sites.get(route.site) ?? { route, tries: [] };
    site.tries.push(delivery);
    sites.set(route.site, site);
  }
  return sites;
}

/** The domain of an address, lower case; the only part of it that may be logged. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
