import type { MachineVerdict } from '@posthorn/contracts';
import { isNamedProgram } from './named-programs.ts';
import { isScannerAddress } from './scanner-networks.ts';

/** What is known about one request for a pixel or a link. */
export type Hit = Readonly<{
  kind: 'open' | 'click';
  method: string;
  userAgent: string | undefined;
  /** The client's whole address, where it is known; it is judged and not kept. */
  address?: string | undefined;
  /** `Sec-Purpose`, `Purpose`, `X-Purpose` and `X-Moz`, whichever was sent, lower case. */
  purpose: string | undefined;
  /** Milliseconds since the send was accepted; negative where the clocks of two machines differ. */
  sinceAcceptedMs: number;
  /** Different links of this send that were asked for within the burst window, this one among them. */
  linksInWindow: number;
}>;

/** A click sooner than this after acceptance or delivery cannot be a person's: the mail has yet to be shown and read. */
export const tooSoonMs = 2_000;

/** As many different links of one send within the burst window are a scanner's. */
export const burstLinks = 3;

/** Mail services that fetch an image through a proxy when their user opens the mail. */
const openProxy = /googleimageproxy|yahoomailproxy/i;

/** Apple Mail Privacy Protection fetches every image of every mail, opened or not, under this name alone. */
const appleProxy = 'Mozilla/5.0';

/**
 * Says whether a hit is held to be a machine's, and why. Everything is recorded; what a machine did is only counted apart.
 * Whether a click came too soon after the delivery is only known when it is recorded (`handlers/time-clicks.ts`).
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
  if (userAgent.trim() === '' || isNamedProgram(userAgent)) return machine('scanner-user-agent');
  if (isScannerAddress(hit.address)) return machine('scanner-user-agent');
  if (hit.kind === 'click' && hit.sinceAcceptedMs < tooSoonMs) return machine('too-soon');
  if (hit.kind === 'click' && hit.linksInWindow >= burstLinks) return machine('burst');
  return { machine: false, reason: 'none' };
}

function machine(reason: MachineVerdict['reason']): MachineVerdict {
  return { machine: true, reason };
}
