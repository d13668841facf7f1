import type { Domain, DomainChange, DomainKey, RecordCheck } from '@posthorn/store';
import { nextCheckAtMs } from './check-schedule.ts';
import type { Judgement } from './judgement.ts';

/** What a look at each record of a domain came to, by the record's name. */
export type Findings = ReadonlyMap<string, Judgement>;

/** How a domain changes with time. */
export type CheckPolicy = Readonly<{
  /** How long a domain goes on sending after its required record broke. */
  graceMs: number;
  /** From 0 to 1: spreads checks. */
  random: () => number;
}>;

/**
 * What a domain becomes by what was found. Pure.
 *
 * A key signs from the moment it was seen, and the one it replaces retires at the same moment; until then that one
 * signs. Its selector is new, so nobody has an answer of before in a cache. A retired key that is gone from the DNS is
 * forgotten. Trouble with the DNS changes no state.
 */
export function applyFindings(
  domain: Domain,
  findings: Findings,
  nowMs: number,
  { graceMs, random }: CheckPolicy,
): DomainChange {
  const keys = keysAfter(domain.keys, findings, nowMs);
  const checks = checksAfter(domain, keys, findings, nowMs);
  const standing = standingOf(domain, keys, checks, nowMs + graceMs, nowMs);
  const hasChanged =
    standing.state !== domain.state ||
    keys.some((key, index) => key.state !== domain.keys[index]?.state) ||
    Object.entries(checks).some(([name, { state }]) => state !== (domain.checks[name]?.state ?? 'pending'));
  const changedAtMs = hasChanged ? nowMs : domain.changedAtMs;
  const isAnswered = [...findings.values()].some(({ kind }) => kind !== 'unknown');
  return {
    ...{ keys, checks, ...standing, changedAtMs },
    checkedAtMs: isAnswered ? nowMs : domain.checkedAtMs,
    nextCheckAtMs: nextCheckAtMs({ keys, checks, changedAtMs, state: standing.state }, nowMs, random()),
  };
}

function keysAfter(keys: readonly DomainKey[], findings: Findings, nowMs: number): DomainKey[] {
  const isSeen = ({ selector }: DomainKey) => findings.get(selector)?.kind === 'right';
  const arrived = keys.filter((key) => key.state === 'waiting' && isSeen(key));
  return keys
    .filter(({ state, selector }) => state !== 'retired' || findings.get(selector)?.kind !== 'absent')
    .map((key): DomainKey => {
      if (arrived.includes(key)) return { ...key, state: 'active' };
      const isReplaced = key.state === 'active' && arrived.some((one) => one.algorithm === key.algorithm);
      return isReplaced ? { ...key, state: 'retired', retiredAtMs: nowMs } : key;
    });
}

function checksAfter(
  { checks, keys: before }: Domain,
  keys: readonly DomainKey[],
  findings: Findings,
  nowMs: number,
): Record<string, RecordCheck> {
  const forgotten = new Set(before.map(({ selector }) => selector));
  for (const { selector } of keys) forgotten.delete(selector);
  const active = new Set(keys.filter(({ state }) => state === 'active').map(({ selector }) => selector));
  const named = [...findings].filter(([name]) => !forgotten.has(name));
  return Object.fromEntries(
    named.map(([name, finding]) => {
      const last = checks[name];
      const wasThere = active.has(name) || last?.state === 'verified' || isGone(last);
      return [name, checkAfter({ last, wasThere }, finding, nowMs)];
    }),
  );
}

/** Failing without anything found in its place: it was there. */
function isGone(last: RecordCheck | undefined): boolean {
  return last?.state === 'failing' && !last.found;
}

function checkAfter(
  { last, wasThere }: { last: RecordCheck | undefined; wasThere: boolean },
  finding: Judgement,
  nowMs: number,
): RecordCheck {
  switch (finding.kind) {
    case 'right':
      return { state: 'verified', checkedAtMs: nowMs };
    case 'wrong':
      return { state: 'failing', checkedAtMs: nowMs, message: finding.message, found: finding.found };
    case 'absent':
      return wasThere
        ? { state: 'failing', checkedAtMs: nowMs, message: 'The record is gone. Publish it again.' }
        : { state: 'pending', checkedAtMs: nowMs, message: finding.message };
    case 'unknown': {
      const { message: _, ...known } = last ?? { state: 'pending' };
      return { ...known, message: `Could not be checked: ${finding.reason}. It is tried again.` };
    }
  }
}

/** The RSA key decides: every receiver verifies RSA, and who can publish it owns the domain. */
function standingOf(
  { verifiedAtMs, sendsUntilMs }: Domain,
  keys: readonly DomainKey[],
  checks: Readonly<Record<string, RecordCheck>>,
  graceEndsAtMs: number,
  nowMs: number,
): Pick<DomainChange, 'state' | 'verifiedAtMs' | 'sendsUntilMs'> {
  const signing = keys.find(({ algorithm, state }) => algorithm === 'rsa-sha256' && state === 'active');
  if (!signing) return { state: 'pending' };
  if (checks[signing.selector]?.state !== 'verified')
    return { state: 'failing', sendsUntilMs: sendsUntilMs ?? graceEndsAtMs };
  return { state: 'verified', verifiedAtMs: verifiedAtMs ?? nowMs, sendsUntilMs: undefined };
}
