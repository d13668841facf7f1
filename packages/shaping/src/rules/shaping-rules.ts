import type { ReplyPattern } from './reply-pattern.ts';
import type { BlockInput, ReplyRuleInput, RulesInput } from './rules-schema.ts';
import type { Rate, Threshold } from './units.ts';

/** What holds for one site, from each of our addresses alone, counted over all dispatchers. */
export type SiteRules = Readonly<{
  /** Where the limits are written: `defaults`, or the name of a site's own block. */
  block: string;
  connections: number;
  messagesPerConnection: number;
  messageRate: Rate;
  /** Messages that may go at once after a pause. In any time `t` at most `burst + t / intervalMs` go. */
  burst: number;
  /** In order; the first that matches counts. */
  replies: readonly ReplyRule[];
}>;

/** What a reply means for how fast we go on. */
export type ReplyRule = Readonly<{
  /** `google.com.unusual-rate`: block and name. */
  id: string;
  classes?: ReadonlySet<string>;
  patterns?: readonly ReplyPattern[];
  /** As many such answers in that time; absent where the first one is enough. */
  threshold?: Threshold;
  action: ReplyAction;
}>;

export type ReplyAction =
  /** It is known and means nothing for other mail; no later rule is asked, nor what the reply's class would do. */
  | Readonly<{ kind: 'nothing' }>
  | (Lasting & Readonly<{ kind: 'suspend' }>)
  | (Lasting & Readonly<{ kind: 'slow'; messageRate?: Rate; connections?: number }>);

type Lasting = Readonly<{
  forMs: number;
  /** From then on what was taken is given back in `steps` equal steps over `overMs`. */
  recovery: Recovery;
}>;
export type Recovery = Readonly<{ overMs: number; steps: number }>;

export type ShapingRules = Readonly<{
  /** The rules of a site, named as the dispatcher's `siteNameOf` does. */
  forSite: (site: string) => SiteRules;
  /** The block that a site is part of, or undefined where only the defaults hold. */
  blockOf: (site: string) => string | undefined;
}>;

/** Unless a rule says otherwise. */
export const defaultRecovery: Recovery = { overMs: 30 * 60_000, steps: 6 };

/** Sites whose rules are kept made up; a fleet that writes to more makes them up again. */
const madeMax = 20_000;

/**
 * The rules that a checked file amounts to. What a site leaves out is as in `defaults`; what those leave out, and sites that
 * are not named, are as in `base`. A site's own reply rules come before those of the defaults.
 */
export function shapingRulesOf(given: RulesInput, base?: RulesInput): ShapingRules {
  const defaults = { ...base?.defaults, ...given.defaults };
  const blocks = new Map(
    Object.entries({ ...base?.sites, ...given.sites }).map(([name, block]) => [name, block ?? {}]),
  );
  const made = new Map<string, SiteRules>();
  const blockOf = (site: string) => namesFor(site).find((name) => blocks.has(name));

  return {
    blockOf,
    forSite: (site) => {
      const known = made.get(site);
      if (known) return known;
      const name = blockOf(site);
      const rules = siteRulesOf(name, (name === undefined ? undefined : blocks.get(name)) ?? {}, defaults);
      if (made.size >= madeMax) made.clear();
      made.set(site, rules);
      return rules;
    },
  };
}

/** The named receiver that a site belongs to, by its block in the rules: `google.com`; `other` where it has none. */
export function providerOf(site: string, rules: ShapingRules): string {
  return rules.blockOf(site) ?? 'other';
}

/** A site's name, then what its host's name ends in, the longest first. */
function namesFor(site: string): string[] {
  const [host = ''] = site.split('+');
  const labels = host.split('.');
  const ends = labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
  return site === host ? ends : [site, ...ends];
}

const fallback = {
  connections: 10,
  messagesPerConnection: 100,
  messageRate: { text: '50/s', intervalMs: 20 },
};

function siteRulesOf(name: string | undefined, own: BlockInput, defaults: BlockInput): SiteRules {
  const { connections, messagesPerConnection, messageRate } = { ...fallback, ...defaults, ...own };
  // A burst belongs to the rate it was written beside.
  const burst = own.burst ?? (own.messageRate ? undefined : defaults.burst);
  return {
    block: name ?? 'defaults',
    connections,
    messagesPerConnection,
    messageRate,
    burst: burst ?? Math.max(1, Math.ceil(200 / messageRate.intervalMs)),
    replies: [
      ...(own.replies ?? []).map((rule) => replyRuleOf(name ?? '', rule)),
      ...(defaults.replies ?? []).map((rule) => replyRuleOf('defaults', rule)),
    ],
  };
}

function replyRuleOf(block: string, rule: ReplyRuleInput): ReplyRule {
  return {
    id: `${block}.${rule.id}`,
    ...(rule.class !== undefined && { classes: new Set(rule.class) }),
    ...(rule.says !== undefined && { patterns: rule.says.map(({ matches }) => matches) }),
    ...(rule.after && { threshold: rule.after }),
    action: actionOf(rule),
  };
}

function actionOf({ do: kind, for: forMs = 0, slow, recover }: ReplyRuleInput): ReplyAction {
  if (kind === 'nothing') return { kind };
  const recovery = recover ? { overMs: recover.over, steps: recover.steps } : defaultRecovery;
  return kind === 'suspend' ? { kind, forMs, recovery } : { kind, forMs, recovery, ...slow };
}
