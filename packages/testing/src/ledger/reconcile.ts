import type { SubmissionEntry } from './submission-ledger.ts';

/** One final dot that a sink took, by the probe in its recipient's address. */
export type Arrival = Readonly<{
  probe: string;
  /** It is signed, and its signature's body hash is that of the body. */
  isIntact: boolean;
}>;

/** What the system itself says of a message: that it ended, that it waits, or nothing. */
export type RecordedEnd = 'delivered' | 'failed' | 'queued' | 'unknown';

/** What happened during the run, for the line; nothing here excuses a loss. */
export type RunFacts = Readonly<{
  kills: number;
  /** Deliveries between their mark and the record of their reply, at each kill that met some. */
  committingAtKills: readonly number[];
  /** Attempts that the system itself called undecided. */
  ambiguous: number;
  /** Tries that got no answer and carried no key by which a repeat of them is known. */
  unkeyedRepeats: number;
  /** From each kill to the first dot of a message that was submitted after it, in milliseconds. */
  recoveriesMs: readonly number[];
  /** From each kill to the dot of the last message that was accepted before it, in milliseconds. */
  settledMs: readonly number[];
  /** The longest from acceptance to the dot, in milliseconds. */
  slowestMs: number;
  /** Of each message that came again: from its first dot to the next kill, in milliseconds. */
  repeatedBeforeKillMs: readonly number[];
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
  /** Arrived, and the system never recorded an end of them. */
  unrecorded: number;
  facts: RunFacts;
}>;

/**
 * Holds what was submitted against what arrived (facts: reliability 2.1).
 *
 * `recorded` says how an accepted message ended, as far as the system knows. A message that was not acknowledged may arrive or
 * not; one that arrives and was never submitted is a phantom.
 */
export function reconcile(
  submissions: Iterable<SubmissionEntry>,
  arrivals: Iterable<Arrival>,
  recorded: (probe: string) => RecordedEnd,
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
  for (const probe of accepted) ends[endOf(copies.get(probe) ?? 0, recorded(probe))] += 1;
  const counts = [...copies];
  return {
    submitted: submitted.size,
    accepted: accepted.size,
    unacked: submitted.size - accepted.size,
    ...ends,
    extraCopies: counts.reduce((sum, [, count]) => sum + count - 1, 0),
    phantom: counts.filter(([probe]) => !submitted.has(probe)).length,
    unrecorded: counts.filter(([probe]) => accepted.has(probe) && !hasEnded(recorded(probe))).length,
    ...{ corrupt, facts },
  };
}

function indexSubmissions(entries: Iterable<SubmissionEntry>) {
  const submitted = new Set<string>();
  const accepted = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'submitted') submitted.add(entry.probe);
    if (entry.kind === 'accepted') accepted.add(entry.probe);
  }
  return { submitted, accepted };
}

function endOf(copies: number, recorded: RecordedEnd): 'once' | 'duplicated' | 'failed' | 'queued' | 'lost' {
  if (copies > 0) return copies === 1 ? 'once' : 'duplicated';
  return recorded === 'failed' || recorded === 'queued' ? recorded : 'lost';
}

function hasEnded(recorded: RecordedEnd): boolean {
  return recorded === 'delivered' || recorded === 'failed';
}

/** The most extra copies that nobody could have prevented: those that were undecided, for the system or for its caller (RFC 1047). */
export function undecidedOf({ committingAtKills, ambiguous, unkeyedRepeats }: RunFacts): number {
  return sumOf(committingAtKills) + ambiguous + unkeyedRepeats;
}

/** Says what breaks the promise, one sentence each; empty when it holds. Extra copies are bounded by what was undecided, or by `copiesMax`. */
export function breachesOf(
  { lost, phantom, corrupt, queued, unrecorded, extraCopies, facts }: Reconciliation,
  copiesMax = undecidedOf(facts),
): string[] {
  return [
    ...(lost > 0 ? [`${lost} accepted messages never arrived and have no recorded reason`] : []),
    ...(phantom > 0 ? [`${phantom} messages arrived that nobody submitted`] : []),
    ...(corrupt > 0 ? [`${corrupt} messages arrived changed or unsigned`] : []),
    ...(queued > 0 ? [`${queued} messages are stuck`] : []),
    ...(unrecorded > 0 ? [`${unrecorded} messages arrived and their end is not recorded`] : []),
    ...(extraCopies > copiesMax ? [`${extraCopies} extra copies, where ${copiesMax} are the most`] : []),
  ];
}

/** The one line that a run prints. */
export function lineOf(result: Reconciliation): string {
  const { facts } = result;
  const mostCommitting = facts.committingAtKills.reduce((most, count) => Math.max(most, count), 0);
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
    `unrecorded ${result.unrecorded}`,
    `kills ${facts.kills}`,
    `committing at kills ${sumOf(facts.committingAtKills)}, at one ${mostCommitting} at most`,
    `ambiguous ${facts.ambiguous}`,
    ...(facts.unkeyedRepeats > 0 ? [`repeated without a key ${facts.unkeyedRepeats}`] : []),
    `recovery p50/max ${spreadOf(facts.recoveriesMs)} s`,
    `all from before it p50/max ${spreadOf(facts.settledMs)} s`,
    `slowest ${seconds(facts.slowestMs)} s`,
    ...(facts.repeatedBeforeKillMs.length > 0 ? [repeatedText(facts)] : []),
  ].join(' | ');
}

function repeatedText({ repeatedBeforeKillMs }: RunFacts): string {
  return `first dots of repeated ones before a kill p50/max ${spreadOf(repeatedBeforeKillMs, (ms) => String(Math.round(ms)))} ms`;
}

/** The median and the most, each as `textOf` writes it. */
function spreadOf(timesMs: readonly number[], textOf = seconds): string {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return `${textOf(sorted[Math.floor(sorted.length / 2)] ?? 0)}/${textOf(sorted.at(-1) ?? 0)}`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
