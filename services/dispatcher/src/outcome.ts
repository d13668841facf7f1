import type { BounceCategory } from '@posthorn/contracts';
import { classifyReply, parseReply, type SmtpReply } from '@posthorn/mail';

type Answer = Readonly<{
  /** What the peer said, or what we saw, safe to store. */
  response: string;
  /** Enhanced code (RFC 3463), or the plain one where the peer gave none. */
  status?: string;
}>;

/** How an attempt at one delivery ended. */
export type Outcome =
  | (Answer & Readonly<{ kind: 'delivered' }>)
  | (Answer &
      Readonly<{
        kind: 'deferred';
        category: BounceCategory;
        /** What is at fault: this recipient or message, or everything we send to the site now (row F18). */
        scope: 'recipient' | 'site';
      }>)
  | (Answer & Readonly<{ kind: 'bounced'; category: BounceCategory; hard: boolean }>)
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
export function outcomeOfReply(raw: string): Outcome {
  const reply = parseReply(raw);
  const answer = answerOf(reply);
  const classified = classifyReply(reply);
  switch (classified.kind) {
    case 'delivered':
      return { kind: 'delivered', ...answer };
    case 'deferred':
      return {
        kind: 'deferred',
        category: classified.category,
        scope: reply.code === 421 ? 'site' : 'recipient',
        ...answer,
      };
    case 'bounced':
      return { kind: 'bounced', category: classified.category, hard: true, ...answer };
  }
}

/** A refusal we make in the peer's name, since its answer is known: the site is not even asked. */
export function refused(status: string, category: BounceCategory, response: string): Outcome {
  return { kind: 'bounced', category, hard: true, status, response };
}

/** A conversation that broke off before the final dot: nothing arrived. */
export function broken(status: string, category: BounceCategory, response: string): Outcome {
  return { kind: 'deferred', category, scope: 'site', status, response };
}

function answerOf({ text, enhanced, code }: SmtpReply): Answer {
  const status = enhanced ?? code?.toString();
  return { response: text, ...(status !== undefined && { status }) };
}
