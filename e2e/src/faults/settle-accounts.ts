import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import { type Reconciliation, type RecordedEnd, reconcile, type SubmissionEntry } from '@posthorn/testing';
import type { FaultWorld, TimedArrival } from './fault-world.ts';
import type { KillLog } from './kills.ts';

/** Patience with what was accepted, from when the last fault is over: longer than any retry of the run. */
const drainTimeoutMs = 180_000;

/**
 * Waits until every accepted message has arrived or has a recorded end, and holds both ledgers against one another.
 *
 * What is still open after three minutes is counted as `queued` where the system knows of it, else as lost.
 */
export async function settleAccounts(world: FaultWorld, kills: KillLog): Promise<Reconciliation> {
  const deadline = performance.now() + drainTimeoutMs;
  for (;;) {
    const [submissions, arrivals] = [await world.submissions(), await world.arrivals()];
    const missing = missingOf(submissions, arrivals);
    const ends = await recordedEnds(world, missing);
    const isDone = missing.every((statusId) => ends.get(statusId) === 'failed');
    if (isDone || performance.now() > deadline) {
      return reconcile(submissions, arrivals, (statusId) => ends.get(statusId) ?? 'unknown', {
        kills: kills.count,
        committingAtKills: kills.committing.size,
        ambiguous: 0,
        recoveriesMs: recoveriesOf(kills, submissions, arrivals),
      });
    }
    await new Promise((go) => setTimeout(go, 500));
  }
}

function missingOf(submissions: readonly SubmissionEntry[], arrivals: readonly TimedArrival[]): string[] {
  const arrived = new Set(arrivals.map(({ probe }) => probe));
  return submissions.flatMap((entry) =>
    entry.kind === 'accepted' && !arrived.has(entry.probe) ? [entry.statusId] : [],
  );
}

/** What the store says of each; it may be asked only once the system is whole again. */
async function recordedEnds(
  { system: { instance } }: FaultWorld,
  statusIds: readonly string[],
): Promise<Map<string, RecordedEnd>> {
  const ends = new Map<string, RecordedEnd>();
  if (statusIds.length === 0) return ends;
  await using store = await connectStore({ url: instance.mongodbUrl, log: silentLogger });
  await store.whenReady();
  for (const statusId of statusIds) {
    const record = await store.sends.find(instance.accountId, statusId);
    const state = record?.deliveries[0]?.state;
    const hasFailed = record?.dropped !== undefined || state === 'bounced' || state === 'unknown';
    ends.set(statusId, hasFailed ? 'failed' : record ? 'queued' : 'unknown');
  }
  return ends;
}

/** For each kill, how long until the first dot of a message that was submitted after it. */
function recoveriesOf(
  kills: KillLog,
  submissions: readonly SubmissionEntry[],
  arrivals: readonly TimedArrival[],
): number[] {
  const submittedAtMs = new Map(
    submissions.flatMap((entry) => (entry.kind === 'submitted' ? [[entry.probe, entry.atMs] as const] : [])),
  );
  return kills.atMs.flatMap((killedAtMs) => {
    const later = arrivals
      .filter(({ probe }) => (submittedAtMs.get(probe) ?? 0) > killedAtMs)
      .map(({ atMs }) => atMs - killedAtMs);
    return later.length > 0 ? [later.reduce((least, ms) => Math.min(least, ms))] : [];
  });
}
