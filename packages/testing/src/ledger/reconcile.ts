import type { SubmissionEntry } from './submission-ledger.ts';

/** One final dot that a sink took, by the probe in its recipient's address. */
export type Arrival = Readonly<{
  probe: string /** Its signature's body hash is that of the body. */;
  isIntact: boolean;
}>;

/** What the system itself says of a message that did not arrive. */
export type RecordedEnd = 'failed' | 'queued' | 'unknown';

/** What happened during the run, for the line; nothing here excuses a loss. */
export type RunFacts = Readonly<{
  kills: number;
  /** Deliveries between their mark and the record of their reply, summed over the kills. */
  committingAtKills: number;
  /** Attempts that the system itself called undecided. */
  ambiguous: number;
  /** How long each kill stopped the flow, in milliseconds. */
  recoveriesMs: readonly number[];
}>;

export type Reconciliation = Readonly<{
  submitted: number;
  accepted: number;
  /** Never acknowledged, however often asked. */
  unacked: number;
  once: number;
  duplicated: number;
  extraCopies: number;
  failed: number;
  queued: number;
  lost: number;
  phantom: number;
  corrupt: number;
  facts: RunFacts;
}>;

/**
 * Holds what was submitted against what arrived (facts: reliability 2.1).
 *
 * `recorded` is asked only for accepted messages that never arrived. A message that was not acknowledged may arrive or not;
 * one that arrives and was never submitted is a phantom.
 */
export function reconcile(
  submissions: Iterable<SubmissionEntry>,
  arrivals: Iterable<Arrival>,
  recorded: (statusId: string) => RecordedEnd,
  facts: RunFacts,
): Reconciliation {
  const { submitted, accepted } = indexSubmissions(submissions);
  const copies = new Map<string, number>();
  let corrupt = 0;
  for (const { probe, isIntact } of arrivals) {
    copies.set(probe, (copies.get(probe) ?? 0) + 1);
    if (!isIntact) corrupt += 1;
  }

  const ends = { once: 0, duplicated: 0, failed: 0, queued: 0, lost: 0 };
  for (const [probe, statusId] of accepted) ends[endOf(copies.get(probe) ?? 0, statusId, recorded)] += 1;
  const counts = [...copies];
  return {
    submitted: submitted.size,
    accepted: accepted.size,
    unacked: submitted.size - accepted.size,
    ...ends,
    extraCopies: counts.reduce((sum, [, count]) => sum + count - 1, 0),
    phantom: counts.filter(([probe]) => !submitted.has(probe)).length,
    ...{ corrupt, facts },
  };
}

function indexSubmissions(entries: Iterable<SubmissionEntry>) {
  const submitted = new Set<string>();
  const accepted = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === 'submitted') submitted.add(entry.probe);
    if (entry.kind === 'accepted') accepted.set(entry.probe, entry.statusId);
  }
  return { submitted, accepted };
}

function endOf(
  copies: number,
  statusId: string,
  recorded: (statusId: string) => RecordedEnd,
): 'once' | 'duplicated' | 'failed' | 'queued' | 'lost' {
  if (copies > 0) return copies === 1 ? 'once' : 'duplicated';
  const end = recorded(statusId);
  return end === 'unknown' ? 'lost' : end;
}

/**
 * Says what breaks the promise, one sentence each; empty when it holds. A copy more than what was being committed at the kills
 * is a broken promise too, since only those are undecided.
 */
export function breachesOf({ lost, phantom, corrupt, queued, extraCopies, facts }: Reconciliation): string[] {
  return [
    ...(lost > 0 ? [`${lost} accepted messages never arrived and have no recorded reason`] : []),
    ...(phantom > 0 ? [`${phantom} messages arrived that nobody submitted`] : []),
    ...(corrupt > 0 ? [`${corrupt} messages arrived changed`] : []),
    ...(queued > 0 ? [`${queued} messages are stuck`] : []),
    ...(extraCopies > facts.committingAtKills + facts.ambiguous
      ? [`${extraCopies} extra copies, ${facts.committingAtKills} were being committed at a kill`]
      : []),
  ];
}

/** The one line that a run prints. */
export function lineOf(result: Reconciliation): string {
  const { facts } = result;
  const sorted = facts.recoveriesMs.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const longest = sorted.at(-1) ?? 0;
  return [
    `submitted ${result.submitted}`,
    `accepted ${result.accepted}`,
    `unacked ${result.unacked}`,
    `delivered exactly once ${result.once}`,
    `duplicated ${result.duplicated} (extra copies ${result.extraCopies})`,
    `failed with a reason ${result.failed}`,
    `still queued ${result.queued}`,
    `lost ${result.lost}`,
    `phantom ${result.phantom}`,
    `corrupt ${result.corrupt}`,
    `kills ${facts.kills}`,
    `committing at a kill ${facts.committingAtKills}`,
    `ambiguous ${facts.ambiguous}`,
    `recovery p50/max ${(middle / 1_000).toFixed(1)}/${(longest / 1_000).toFixed(1)} s`,
  ].join(' | ');
}
