/** Longest link target a click token carries, in characters of ASCII. */
export const maxTargetLength = 8_192;

/**
 * Returns a link's target as it may stand in a Location header, or null when it must not be tracked.
 *
 * Only absolute http and https URLs pass (row K01: no `javascript:`, no `//evil`, no `https:evil`, no
 * backslashes, no controls), at most 8,192 characters. One in plain ASCII stays as it is, to the byte; others
 * are percent-encoded and their domain converted, as a browser does.
 */
export function trackableTarget(target: string): string | null {
  if (target.length > maxTargetLength || !/^https?:\/\/[^/?#\\]/i.test(target)) return null;
  if (/^[!-[\]-~]+$/.test(target)) return URL.canParse(target) ? target : null;
  if (/[\p{Cc}\\]/u.test(target) || !URL.canParse(target)) return null;
  const { href } = new URL(target);
  return href.length > maxTargetLength ? null : href;
}
