import type { Override } from '../override.ts';
import type { SiteRules } from '../rules/shaping-rules.ts';
import type { WaitReason } from './leave.ts';

/** Says why a message waits for its place in line. */
export function waitReasonOf(
  site: string,
  { block, messageRate }: Pick<SiteRules, 'block' | 'messageRate'>,
  {
    override,
    suspendedUntilMs,
    placeMs,
  }: { override?: Override | undefined; suspendedUntilMs: number; placeMs: number },
): WaitReason {
  const untilMs = Math.ceil(placeMs);
  if (!override) {
    const text = `${site} gets at most ${messageRate.text} from one address, and others are before this one.`;
    return { rule: `${block}.message-rate`, text, untilMs };
  }
  const { rule, reply } = override;
  if (suspendedUntilMs > 0) {
    const text = `${site} gets nothing from this address until ${timeOf(suspendedUntilMs)}, because it said: ${reply}`;
    return { rule, text, untilMs: suspendedUntilMs };
  }
  const text = `${site} gets less from this address until ${timeOf(override.endMs)}, because it said: ${reply}`;
  return { rule, text, untilMs };
}

function timeOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
