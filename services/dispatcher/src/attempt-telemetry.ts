import { createCounter, createDurationHistogram, createGauges, withSpan } from '@posthorn/runtime';
import type { Wait } from './shaping.ts';
import { createSiteLabel, type SiteLabel } from './site-label.ts';
import type { Sent } from './smtp-pool.ts';

const countAttempts = createCounter(
  'posthorn.dispatcher.attempts',
  'Attempts at deliveries, by outcome, pool, source address and site.',
);
const countWaits = createCounter(
  'posthorn.dispatcher.waits',
  'Deliveries put off by a limit and not tried, by its rule, pool, source address and site.',
);
const recordDuration = createDurationHistogram(
  'posthorn.dispatcher.attempt_ms',
  'One SMTP conversation about one message, from asking for a connection to its last outcome.',
);
const connections = createGauges({
  'posthorn.dispatcher.connections': {
    description: 'SMTP connections that this process holds or opens, by pool, source address and site.',
    unit: '{connection}',
  },
});

/** What an attempt is about. Only the ids, the site and the domain leave this process: never an address of a mailbox. */
export type AttemptSubject = Readonly<{
  statusId: string;
  site: string;
  domain: string;
  /** Source address, where a pool chose one. */
  ip?: string | undefined;
  parent: string | undefined;
}>;

/** Sees the attempts of one pool. Its metrics name few sites (`createSiteLabel`), its spans the very one. */
export type AttemptTelemetry = Readonly<{
  /** Runs one conversation in a span of its own, child of the request that caused the send, and counts its outcomes. */
  observe: (about: AttemptSubject, converse: () => Promise<Sent>) => Promise<Sent>;
  /** Counts deliveries that a limit put off. */
  waited: (wait: Pick<Wait, 'rule' | 'ip'>, site: string, deliveries: number) => void;
}>;

export function createAttemptTelemetry({
  pool,
  labelOf = createSiteLabel(),
}: {
  pool: string;
  labelOf?: SiteLabel | undefined;
}): AttemptTelemetry {
  return {
    async observe({ statusId, site, domain, ip, parent }, converse) {
      const attributes = {
        'posthorn.status_id': statusId,
        'posthorn.pool': pool,
        'posthorn.site': site,
        'posthorn.domain': domain,
        ...(ip !== undefined && { 'posthorn.ip': ip }),
      };
      return await withSpan('smtp deliver', { kind: 'CLIENT', attributes, parent }, async (span) => {
        const startedAtMs = performance.now();
        const sent = await converse();
        const kinds = sent.untried ? ['untried'] : [...sent.outcomes.values()].map(({ kind }) => kind);
        if (!sent.untried) {
          const where = { pool, site: labelOf(site), ...(ip !== undefined && { ip }) };
          recordDuration(performance.now() - startedAtMs, where);
          for (const outcome of kinds) countAttempts(1, { ...where, outcome });
        }
        span.setAttribute('posthorn.outcome', [...new Set(kinds)]);
        if (sent.mx) span.setAttribute('server.address', sent.mx);
        return sent;
      });
    },
    waited({ rule, ip }, site, deliveries) {
      countWaits(deliveries, { rule, pool, site: labelOf(site), ...(ip !== undefined && { ip }) });
    },
  };
}

/** Connections from one address to one site. */
export type HeldConnections = Readonly<{ ip: string | undefined; site: string; count: number }>;

/** Reports the connections that `read` finds, whenever metrics are collected, until disposed. */
export function reportConnections(
  read: () => readonly HeldConnections[],
  { labelOf, poolOf }: { labelOf: SiteLabel; poolOf: (ip: string) => string | undefined },
): Disposable {
  return connections.observe((set) => {
    for (const { pool, ip, site, count } of summed(read(), labelOf, poolOf)) {
      set('posthorn.dispatcher.connections', count, {
        ...(pool !== undefined && { pool }),
        ...(ip !== undefined && { ip }),
        site,
      });
    }
  });
}

/** Sites of one name are one series, so their connections are added up. */
function summed(
  held: readonly HeldConnections[],
  labelOf: SiteLabel,
  poolOf: (ip: string) => string | undefined,
) {
  const named = held.map(({ ip, site, count }) => ({ ip, site: labelOf(site), count }));
  const groups = Map.groupBy(named, ({ ip, site }) => `${ip} ${site}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const count = group.reduce((sum, one) => sum + one.count, 0);
    return first ? [{ ...first, pool: first.ip === undefined ? undefined : poolOf(first.ip), count }] : [];
  });
}
