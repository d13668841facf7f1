import type { BounceCategory } from './bounce-category.ts';
import { isHardCategory } from './bounce-category.ts';
import { defaultReplyRules } from './default-reply-rules.ts';
import { isAddressFaultClass, type ReplyAction, type ReplyClass, replyClasses } from './reply-class.ts';
import { compileReplyRules } from './reply-matcher.ts';
import type { ReplyRule } from './reply-rule.ts';
import type { SmtpReply } from './smtp-reply.ts';

type Classified = Readonly<{
  class: ReplyClass;
  category: BounceCategory;
  /** Id of the rule that decided; none when nothing matched. */
  rule?: string;
}>;

/** What a final reply means for the delivery. */
export type ReplyOutcome =
  | Readonly<{ kind: 'delivered' }>
  | (Classified &
      Readonly<{
        kind: 'deferred';
        action: Exclude<ReplyAction, 'bounce'>;
        /** With `suspend`, how long the rule says the site should be left alone. */
        suspendMs?: number;
      }>)
  | (Classified &
      Readonly<{
        kind: 'bounced';
        /** Counted as a hard bounce, as HubSpot counts its category. */
        isHard: boolean;
        /** The class blames the address itself, so it may be suppressed, whatever the code says (row F21). */
        isAddressFault: boolean;
      }>);

export type ReplyClassifier = (reply: SmtpReply) => ReplyOutcome;

/** How long a site is left alone where neither rule nor reply says, in milliseconds. */
const defaultSuspendMs = 5 * 60_000;

/**
 * Makes a classifier of our rules and others that go before them. Throws a RangeError that names the rule which is wrong.
 *
 * The first digit decides (row F21): 2 delivered, 4 deferred, 5 bounced. A 5 is still deferred where the class speaks of our
 * address or of the moment (see `replyClasses`): another address or another time may do. Whatever is no reply is deferred: what was
 * not understood is tried again, not given up (row F22).
 */
export function createReplyClassifier(ownRules: readonly ReplyRule[] = []): ReplyClassifier {
  const match = compileReplyRules([...ownRules, ...defaultReplyRules]);

  return (reply) => {
    const digit = reply.code === null ? 0 : Math.floor(reply.code / 100);
    if (digit === 2) return { kind: 'delivered' };
    const isRefusal = digit === 5;
    const rule = match(reply);
    const name = rule?.class ?? (isRefusal ? 'unclassified' : 'temporary-problem');
    const { category, delayed, refused } = replyClasses[name];
    const classified = { class: name, category, ...(rule && { rule: rule.id }) };
    const action = isRefusal ? refused : delayed;
    if (action !== 'bounce') return { kind: 'deferred', ...classified, action, ...suspension(action, rule) };
    const isAddressFault = isAddressFaultClass(name);
    return { kind: 'bounced', ...classified, isHard: isHardCategory(category), isAddressFault };
  };
}

function suspension(action: ReplyAction, rule: ReplyRule | undefined): { suspendMs?: number } {
  if (action !== 'suspend') return {};
  const minutes = rule?.suspendMinutes;
  return { suspendMs: minutes === undefined ? defaultSuspendMs : minutes * 60_000 };
}

let byDefault: ReplyClassifier | undefined;

/** Classifies by our own rules; compiled on first use. */
export function classifyReply(reply: SmtpReply): ReplyOutcome {
  byDefault ??= createReplyClassifier();
  return byDefault(reply);
}

/** Puts a reply of refusal or delay into one of HubSpot's categories, by our own rules. */
export function categorizeReply(reply: SmtpReply): BounceCategory {
  const outcome = classifyReply(reply);
  return outcome.kind === 'delivered' ? 'UNCATEGORIZED' : outcome.category;
}
