import { isReplyClass, type ReplyClassifier } from '@posthorn/mail';
import type { SiteAnswer } from '@posthorn/shaping';
import type { WarmupResult } from '@posthorn/shaping/warmup';
import { isSiteWide, type Outcome, rejudged } from './outcome.ts';

/**
 * What a peer said in one transaction, each answer once; what is ours (timeouts, broken connections) is left out, so that no
 * rule about peers ever matches it.
 */
export function answersOf(
  outcomes: Iterable<Outcome>,
  classify: ReplyClassifier | undefined,
): readonly SiteAnswer[] {
  const answers = new Map<string, SiteAnswer>();
  for (const outcome of outcomes) {
    const answer = answerOf(classify ? rejudged(outcome, classify) : outcome);
    if (answer) answers.set(answer.text, answer);
  }
  return [...answers.values()];
}

function answerOf(outcome: Outcome): SiteAnswer | undefined {
  if (outcome.kind === 'ambiguous' || outcome.kind === 'withheld') return undefined;
  const { kind, response: text, status } = outcome;
  const said = { kind, text, ...(status !== undefined && { status }) };
  if (outcome.kind === 'delivered') return said;
  const { class: name } = outcome;
  if (name === undefined) return undefined;
  if (outcome.kind === 'bounced') return { ...said, class: name, action: 'bounce' };
  const { action, namedWaitMs, suspendMs } = outcome;
  return {
    ...{ ...said, class: name },
    ...(action !== undefined && { action }),
    ...(namedWaitMs !== undefined && { namedWaitMs }),
    ...(suspendMs !== undefined && { suspendMs }),
  };
}

/** What the answers say about the address; undefined where they say nothing about it, like greylisting or no such user. */
export function warmupResultOf(answers: readonly SiteAnswer[]): WarmupResult | undefined {
  if (answers.some(({ class: name }) => name === 'ip-blocked' || name === 'ip-unidentified'))
    return 'blocked';
  if (answers.some(({ kind }) => kind === 'delivered')) return 'accepted';
  return answers.some(isDelayOfAddress) ? 'deferred' : undefined;
}

function isDelayOfAddress({ kind, class: name = '' }: SiteAnswer): boolean {
  return kind === 'deferred' && name !== 'greylisted' && isReplyClass(name) && isSiteWide(name);
}
