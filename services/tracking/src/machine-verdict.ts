import type { MachineVerdict } from '@posthorn/contracts';

/** What is known about one request for a pixel or a link. */
export type Hit = Readonly<{
  kind: 'open' | 'click';
  method: string;
  userAgent: string | undefined;
  /** `Sec-Purpose`, `Purpose`, `X-Purpose` and `X-Moz`, whichever was sent, lower case. */
  purpose: string | undefined;
  /** Milliseconds since the send was accepted; negative where the clocks of two machines differ. */
  sinceAcceptedMs: number;
  /** Different links of this send that were asked for within the burst window, this one among them. */
  linksInWindow: number;
}>;

/** A click sooner than this after acceptance cannot be a person's: the mail has yet to be delivered, shown and read. */
export const tooSoonMs = 2_000;

/** As many different links of one send within the burst window are a scanner's. */
export const burstLinks = 3;

/**
 * Programs that fetch links and images by themselves: security scanners, preview makers, crawlers, HTTP libraries.
 *
 * By names that such programs give themselves, as their vendors document them; a scanner that poses as a browser is
 * left to timing and bursts.
 */
const scanner =
  /bot\b|crawl|spider|scan|preview|slurp|facebookexternalhit|embedly|barracuda|proofpoint|mimecast|symantec|messagelabs|trendmicro|fireeye|ironport|sophos|safelinks|microsoft office existence|headlesschrome|phantomjs|python|curl\/|wget\/|libwww|java\/|okhttp|go-http-client|axios|node-fetch|undici|httpclient|ruby|perl/i;

/** Mail services that fetch an image through a proxy when their user opens the mail. */
const openProxy = /googleimageproxy|yahoomailproxy/i;

/** Apple Mail Privacy Protection fetches every image of every mail, opened or not, under this name alone. */
const appleProxy = 'Mozilla/5.0';

/**
 * Says whether a hit is held to be a machine's, and why (facts: mechanics B9). Everything is recorded; what a machine
 * did is only counted apart.
 *
 * A hit through Gmail's or Yahoo's image proxy is a person's: those fetch when the mail is opened. One through
 * Apple's is not known to be: that fetches beforehand.
 */
export function judgeHit(hit: Hit): MachineVerdict {
  const userAgent = hit.userAgent ?? '';
  if (hit.method === 'HEAD') return machine('head-request');
  if (hit.purpose && /prefetch|preview|prerender/.test(hit.purpose)) return machine('prefetch-header');
  if (openProxy.test(userAgent)) return { machine: false, reason: 'proxy-user-agent' };
  if (userAgent.trim() === appleProxy) return machine('proxy-user-agent');
  if (userAgent.trim() === '' || scanner.test(userAgent)) return machine('scanner-user-agent');
  if (hit.kind === 'click' && hit.sinceAcceptedMs < tooSoonMs) return machine('too-soon');
  if (hit.kind === 'click' && hit.linksInWindow >= burstLinks) return machine('burst');
  return { machine: false, reason: 'none' };
}

function machine(reason: MachineVerdict['reason']): MachineVerdict {
  return { machine: true, reason };
}
