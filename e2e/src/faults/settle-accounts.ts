import type { DeliveryState } from '@posthorn/store';
import {
  type Reconciliation,
  type RecordedEnd,
  type RunFacts,
  reconcile,
  type SubmissionEntry,
} from '@posthorn/testing';
import { probeOf, type TimedArrival } from './fault-sink.ts';
import type { FaultWorld } from './fault-world.ts';
import type { KillLog } from './kills.ts';
import { pause } from './pause.ts';

/** Patience with what was accepted, from when the last fault is over: longer than any retry of the run. */
const drainTimeoutMs = 180_000;
/** And with the record of what arrived. */
const recordTimeoutMs = 60_000;
/** Records that are read at once. */
const readsMax = 32;

/**
 * Waits until every accepted message has arrived or has a recorded end, and until the ends of all are recorded; then holds both
 * ledgers against one another.
 *
 * What is still open after three minutes is counted as `queued` where the system knows of it, else as lost.
 */
export async function settleAccounts(world: FaultWorld, kills: KillLog): Promise<Reconciliation> {
  const submissions = await world.submissions();
  const accepted = acceptedIn(submissions);
  const ends = new Map<string, RecordedEnd>();
  const startedAtMs = performance.now();
  let arrivedAtMs: number | undefined;
  for (;;) {
    await readEnds(world, accepted, ends);
    // In this order: what is recorded as delivered by now has arrived.
    const arrivals = await world.sink.arrivals();
    const arrived = new Set(arrivals.map(({ probe }) => probe));
    const open = [...accepted.keys()].filter((probe) => !hasEnded(ends.get(probe)));
    if (open.every((probe) => arrived.has(probe))) arrivedAtMs ??= performance.now();
    const isLate =
      performance.now() >
      (arrivedAtMs === undefined ? startedAtMs + drainTimeoutMs : arrivedAtMs + recordTimeoutMs);
    if (open.length === 0 || isLate) {
      return reconcile(submissions, arrivals, (probe) => ends.get(probe) ?? 'unknown', {
        ...{ kills: kills.count, committingAtKills: kills.committing },
        ambiguous: await countAmbiguous(world),
        unkeyedRepeats: submissions.filter((entry) => entry.kind === 'unanswered' && !entry.isKeyed).length,
        ...timesOf(kills, submissions, arrivals),
      });
    }
    await pause(500);
  }
}

/** The status id of each accepted recipient, by probe. */
function acceptedIn(submissions: readonly SubmissionEntry[]): Map<string, string> {
  return new Map(
    submissions.flatMap((entry) => (entry.kind === 'accepted' ? [[entry.probe, entry.statusId]] : [])),
  );
}

function hasEnded(end: RecordedEnd | undefined): boolean {
  return end === 'delivered' || end === 'failed';
}

/** Adds to `ends` what the store says of each message whose end is not known yet. */
async function readEnds(
  { system, store }: FaultWorld,
  accepted: ReadonlyMap<string, string>,
  ends: Map<string, RecordedEnd>,
): Promise<void> {
  const open = new Map<string, string[]>();
  for (const [probe, statusId] of accepted)
    if (!hasEnded(ends.get(probe))) open.set(statusId, [...(open.get(statusId) ?? []), probe]);
  const waiting = [...open];
  const { accountId } = system.instance;

  async function readOn(): Promise<void> {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [statusId, probes] = next;
      const record = await store.sends.find(accountId, statusId).catch(() => null);
      if (!record) continue;
      for (const probe of probes) {
        const delivery = record.deliveries.find(({ recipient }) => probeOf(recipient) === probe);
        ends.set(probe, record.dropped && !record.sent ? 'failed' : endOf(delivery?.state));
      }
    }
  }
  await Promise.all(Array.from({ length: readsMax }, readOn));
}

function endOf(state: DeliveryState | undefined): RecordedEnd {
  if (state === 'delivered') return 'delivered';
  return state === 'bounced' || state === 'unknown' ? 'failed' : 'queued';
}

/** Attempts whose dot was sent and that got no reply: held ones are UNKNOWN; of DEFERRED ones, those that nobody's reply put off. */
async function countAmbiguous({ system, store }: FaultWorld): Promise<number> {
  let count = 0;
  for (const type of ['UNKNOWN', 'DEFERRED'] as const) {
    let after: Awaited<ReturnType<typeof store.events.list>>['nextCursor'];
    do {
      const page = await store.events.list({
        ...{ accountId: system.instance.accountId, type, limit: 1_000 },
        ...(after && { after }),
      });
      count += page.events.filter((event) => event.type === 'UNKNOWN' || !('category' in event)).length;
      after = page.nextCursor;
    } while (after);
  }
  return count;
}

/** How long kills held mail up, and what took longest of all. */
function timesOf(
  { atMs }: KillLog,
  submissions: readonly SubmissionEntry[],
  arrivals: readonly TimedArrival[],
): Pick<RunFacts, 'recoveriesMs' | 'settledMs' | 'slowestMs' | 'repeatedBeforeKillMs'> {
  const dots = new Map<string, number>();
  const repeated = new Set<string>();
  for (const arrival of arrivals) {
    if (dots.has(arrival.probe)) repeated.add(arrival.probe);
    dots.set(arrival.probe, Math.min(arrival.atMs, dots.get(arrival.probe) ?? arrival.atMs));
  }
  const dated = (kind: 'submitted' | 'accepted') =>
    submissions.flatMap((entry) => {
      const dotAtMs = dots.get(entry.probe);
      return entry.kind === kind && dotAtMs !== undefined ? [{ atMs: entry.atMs, dotAtMs }] : [];
    });
  const [submitted, accepted] = [dated('submitted'), dated('accepted')];

  return {
    recoveriesMs: atMs.flatMap((killedAtMs) => {
      const later = submitted.filter((message) => message.atMs > killedAtMs);
      return later.length > 0 ? [leastOf(later.map(({ dotAtMs }) => dotAtMs)) - killedAtMs] : [];
    }),
    settledMs: atMs.map((killedAtMs) => {
      const earlier = accepted.filter((message) => message.atMs <= killedAtMs);
      return Math.max(0, mostOf(earlier.map(({ dotAtMs }) => dotAtMs)) - killedAtMs);
    }),
    slowestMs: mostOf(accepted.map((message) => message.dotAtMs - message.atMs)),
    repeatedBeforeKillMs: [...repeated].flatMap((probe) => {
      const dotAtMs = dots.get(probe) ?? 0;
      const untilKillsMs = atMs.map((killedAtMs) => killedAtMs - dotAtMs).filter((ms) => ms >= 0);
      return untilKillsMs.length > 0 ? [leastOf(untilKillsMs)] : [];
    }),
  };
}

function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function mostOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
