import { type ReplyClass, replyClasses } from './reply-class.ts';
import type { ReplyRule } from './reply-rule.ts';

/**
 * Orders meanings that one reply states in words of equal weight. The first one wins.
 *
 * What is said of us comes before what is said of the recipient: "user unknown" beside the name of a block list is a
 * block. A meaning whose words contain those of another comes before it: "greylisted, blocked using" is greylisting.
 */
const order: readonly ReplyClass[] = [
  'greylisted',
  'recipient-throttled',
  'sender-throttled',
  'too-many-recipients',
  'recipient-restricted',
  'domain-blocked',
  'ip-unidentified',
  'ip-blocked',
  'dmarc-failed',
  'authentication-failed',
  'mailbox-full',
  'throttled',
  'spam',
  'content-refused',
  'message-too-large',
  'sender-refused',
  'login-required',
  'encryption-required',
  'relay-denied',
  'routing-problem',
  'inactive-recipient',
  'unknown-recipient',
  'bad-recipient-domain',
  'policy',
  'mailbox-problem',
  'receiver-unavailable',
  'receiver-fault',
  'dns-problem',
  'no-answer',
  'expired',
  'protocol-error',
  'temporary-problem',
  'unclassified',
];
const places = new Map(order.map((name, place) => [name, place]));

/** The tables of one list of rules, by how much their evidence weighs. */
export type Evidence = Readonly<{
  /** A receiver's own marks and sentences, in the order to try them. */
  marks: readonly ReplyRule[];
  /** Words that mean one thing wherever they occur. */
  strong: readonly ReplyRule[];
  /** Enhanced codes that are specific. */
  codes: readonly ReplyRule[];
  /** Words that mean something only where nothing better is said. */
  weak: readonly ReplyRule[];
  /** Plain codes, and the subject of an enhanced one. */
  rest: readonly ReplyRule[];
}>;

/**
 * Puts all evidence into one list, of which the first rule that matches decides: marks, strong words, specific codes, weak
 * words, generic codes.
 *
 * There is one exception. Servers write the codes of an unknown mailbox (5.1.1, 5.2.1) beside refusals of all kinds, and
 * a class of that kind suppresses the address. So these codes also give way to weak words that blame somebody else.
 */
export function rankEvidence({ marks, strong, codes, weak, rest }: Evidence): readonly ReplyRule[] {
  const [addressCodes, otherCodes] = split(
    codes,
    ({ class: name }) => replyClasses[name].fault === 'address',
  );
  const [doubts, hints] = split(byPrecedence(weak), ({ class: name }) => isDoubt(name));
  return [...marks, ...byPrecedence(strong), ...otherCodes, ...doubts, ...addressCodes, ...hints, ...rest];
}

function isDoubt(name: ReplyClass): boolean {
  const { fault } = replyClasses[name];
  return fault === 'ip' || fault === 'sender' || fault === 'message' || fault === 'recipient';
}

function byPrecedence(rules: readonly ReplyRule[]): readonly ReplyRule[] {
  return rules.toSorted((a, b) => (places.get(a.class) ?? 0) - (places.get(b.class) ?? 0));
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  const first = items.filter(isFirst);
  return [first, items.filter((item) => !isFirst(item))];
}
