import { compilePhrase, type Phrase, prefixLength } from './phrase.ts';
import { enhancedCodesOf, type ReplyRule } from './reply-rule.ts';
import { readReplyText } from './reply-text.ts';
import type { SmtpReply } from './smtp-reply.ts';

/** Finds the first rule that matches a reply. */
export type ReplyMatcher = (reply: SmtpReply) => ReplyRule | undefined;

type CompiledRule = Readonly<{
  rule: ReplyRule;
  order: number;
  enhanced: ReadonlySet<string> | undefined;
  codes: ReadonlySet<number> | undefined;
}>;
type Said = Readonly<{ phrase: Phrase; by: CompiledRule }>;

/**
 * Compiles a list of rules. Only those that share a code or a word with the reply are tried, so that the number of rules
 * hardly matters. Throws a RangeError that names the rule when one can never match or its id is taken.
 */
export function compileReplyRules(rules: readonly ReplyRule[]): ReplyMatcher {
  const compiled = rules.map(compileRule);
  assertUniqueIds(rules);
  const byKey = new Map<string, Said[]>();
  const byCode = new Map<string, CompiledRule[]>();
  for (const by of compiled) {
    for (const phrase of by.rule.says?.map(compilePhrase) ?? []) add(byKey, phrase.key, { phrase, by });
    if (by.rule.says) continue;
    for (const code of by.enhanced ?? by.codes ?? []) add(byCode, String(code), by);
  }

  return (reply) => {
    let best = ofCodes(reply, byCode);
    const text = readReplyText(reply.lines.join(' '));
    for (const { phrase, by } of saidIn(text.all, byKey)) {
      if (best && best.order <= by.order) continue;
      if (fits(by, reply) && phrase.isIn(by.rule.ignoresLinks ? text.withoutLinks : text.all)) best = by;
    }
    return best?.rule;
  };
}

function compileRule(rule: ReplyRule, order: number): CompiledRule {
  try {
    const enhanced = rule.enhanced && new Set(rule.enhanced.flatMap(enhancedCodesOf));
    const codes = rule.codes && new Set(rule.codes);
    if (!rule.enhanced?.length && !rule.codes?.length && !rule.says?.length)
      throw new RangeError('it names nothing');
    for (const phrase of rule.says ?? []) compilePhrase(phrase);
    return { rule, order, enhanced, codes };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new RangeError(`rule ${rule.id}: ${problem}`, { cause: error });
  }
}

function assertUniqueIds(rules: readonly ReplyRule[]): void {
  const seen = new Set<string>();
  for (const { id } of rules) {
    if (seen.has(id)) throw new RangeError(`two rules have the id ${id}`);
    seen.add(id);
  }
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

function ofCodes(reply: SmtpReply, byCode: ReadonlyMap<string, readonly CompiledRule[]>) {
  const keys = [reply.enhanced, subjectOf(reply.enhanced), reply.code?.toString()];
  let best: CompiledRule | undefined;
  for (const key of keys) {
    const found = key === undefined ? undefined : byCode.get(key)?.find((rule) => fits(rule, reply));
    if (found && (!best || found.order < best.order)) best = found;
  }
  return best;
}

function fits({ enhanced, codes }: CompiledRule, reply: SmtpReply): boolean {
  if (codes && (reply.code === null || !codes.has(reply.code))) return false;
  if (!enhanced) return true;
  return enhanced.has(reply.enhanced ?? '') || enhanced.has(subjectOf(reply.enhanced) ?? '');
}

/** `5.7.*` for `5.7.1`. */
function subjectOf(enhanced: string | undefined): string | undefined {
  return enhanced && `${enhanced.slice(0, enhanced.lastIndexOf('.'))}.*`;
}

function saidIn(haystack: string, byKey: ReadonlyMap<string, readonly Said[]>): Said[] {
  const found: Said[] = [];
  for (const word of new Set(haystack.trim().split(' '))) {
    const whole = byKey.get(word);
    if (whole) found.push(...whole);
    const begun = word.length < prefixLength ? undefined : byKey.get(`${word.slice(0, prefixLength)}*`);
    if (begun) found.push(...begun);
  }
  return found;
}
