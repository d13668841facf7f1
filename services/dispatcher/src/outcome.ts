import type { BounceCategory } from '@posthorn/contracts';
import {
  classifyReply,
  isHardCategory,
  namedWaitMs,
  parseReply,
  type ReplyAction,
  type ReplyClass,
  type ReplyClassifier,
  replyClasses,
  type SmtpReply,
} from '@posthorn/mail';

type Answer = Readonly<{
  /** What the peer said, or what we saw, safe to store. */
  response: string;
  /** Enhanced code (RFC 3463), or the plain one where the peer gave none. */
  status?: string;
}>;

/** What a peer's own words were taken for; absent where an outcome is ours, so that no rule about peers ever matches it. */
type Judged = Readonly<{
  class?: ReplyClass;
  /** Id of the rule that decided. */
  rule?: string;
  /** The reply itself, for whoever has more rules than ours. */
  reply?: SmtpReply;
}>;

/** How an attempt at one delivery ended. */
export type Outcome =
  | (Answer & Readonly<{ kind: 'delivered' }>)
  | (Answer &
      Judged &
      Readonly<{
        kind: 'deferred';
        category: BounceCategory;
        /** What is at fault: this recipient or message, or everything we send to the site now (row F18). */
        scope: 'recipient' | 'site';
        /** What the class asks for. All of them wait and try again until there are pools and shaping. */
        action?: Exclude<ReplyAction, 'bounce'>;
        /** How long the peer said to wait, in milliseconds, unbounded. */
        namedWaitMs?: number;
        /** How long the site is to be left alone, in milliseconds, where the peer did not say. */
        suspendMs?: number;
      }>)
  | (Answer & Judged & Readonly<{ kind: 'bounced'; category: BounceCategory; hard: boolean }>)
  /** The final dot was sent and no reply came: the peer may have the message or not (RFC 1047). */
  | (Answer & Readonly<{ kind: 'ambiguous' }>)
  /** We stopped before the final dot for a reason of our own; nothing arrived and nobody need be told. */
  | (Answer & Readonly<{ kind: 'withheld'; reason: WithheldReason }>);

export type WithheldReason = 'lease-lost' | 'mark-failed' | 'stopping';

/** An outcome that decides a delivery for good, whatever the account's settings are. */
export function isFinal(outcome: Outcome): boolean {
  return outcome.kind === 'delivered' || outcome.kind === 'bounced';
}

/** The outcome that a peer's reply means; what cannot be understood is tried again (row F22). */
export function outcomeOfReply(raw: string): RepliedOutcome {
  return judgeReply(parseReply(raw), classifyReply);
}

export type RepliedOutcome = Extract<Outcome, { kind: 'delivered' | 'deferred' | 'bounced' }>;

export function judgeReply(reply: SmtpReply, classify: ReplyClassifier): RepliedOutcome {
  const answer = answerOf(reply);
  const classified = classify(reply);
  if (classified.kind === 'delivered') return { kind: 'delivered', ...answer };
  const { category, rule } = classified;
  const judged = { ...answer, category, class: classified.class, ...(rule !== undefined && { rule }), reply };
  if (classified.kind === 'bounced') return { kind: 'bounced', ...judged, hard: classified.isHard };
  const { action, suspendMs } = classified;
  const waitMs = namedWaitMs(reply);
  return {
    kind: 'deferred',
    ...judged,
    action,
    scope: isSiteWide(classified.class) && (reply.code === 421 || action !== 'retry') ? 'site' : 'recipient',
    ...(waitMs !== undefined && { namedWaitMs: waitMs }),
    ...(suspendMs !== undefined && { suspendMs }),
  };
}

/**
 * Reports whether a class says something about all mail from our address to the site. What is wrong with a recipient, a
 * message, or the sending domain of one account says nothing about the mail of the others.
 */
export function isSiteWide(name: ReplyClass): boolean {
  const { fault } = replyClasses[name];
  return fault === 'ip' || fault === 'receiver' || fault === 'unknown';
}

/** A refusal we make in the peer's name, since its answer is known: the site is not even asked. */
export function refused(status: string, category: BounceCategory, response: string): Outcome {
  return { kind: 'bounced', category, hard: isHardCategory(category), status, response };
}

/** A conversation that broke off before the final dot: nothing arrived. */
export function broken(status: string, category: BounceCategory, response: string): Outcome {
  return { kind: 'deferred', category, scope: 'site', status, response };
}

/**
 * A refused session says nothing about a recipient, so even a 5xx banner or a refused login is tried again; what the peer
 * blames, our address for example, is kept. An operator's rules judge such a 5xx no more: they could only bounce it.
 */
export function outcomeOfRefusedSession(outcome: RepliedOutcome): Outcome {
  if (outcome.kind === 'deferred') return { ...outcome, scope: 'site' };
  const { status = '4.4.2', response } = outcome;
  if (outcome.kind === 'delivered') return broken(status, 'TEMPORARY_PROBLEM', response);
  return {
    ...broken(status, outcome.category, response),
    ...(outcome.class !== undefined && { class: outcome.class }),
    ...(outcome.rule !== undefined && { rule: outcome.rule }),
  };
}

/** A peer's words may mean something else to the operator than to us; an outcome of ours has none, and stays. */
export function rejudged<Given extends Outcome>(
  outcome: Given,
  classify: ReplyClassifier,
): Given | RepliedOutcome {
  return 'reply' in outcome && outcome.reply ? judgeReply(outcome.reply, classify) : outcome;
}

function answerOf({ text, enhanced, code }: SmtpReply): Answer {
  const status = enhanced ?? code?.toString();
  return { response: text, ...(status !== undefined && { status }) };
}
