import type { IncomingMessage } from 'node:http';
import type { EventOf } from '@posthorn/contracts';
import { eventIdOf, type TrackingToken } from '@posthorn/mail';
import type { Clock } from '@posthorn/runtime';
import { clientIpOf, type IpPrivacy, storedIpOf } from './ip-address.ts';
import type { LinkBursts } from './machines/link-bursts.ts';
import { judgeHit } from './machines/machine-verdict.ts';

export type HitContext = Readonly<{
  clock: Clock;
  bursts: LinkBursts;
  ip: Readonly<{ privacy: IpPrivacy; isProxyTrusted: boolean }>;
}>;

/**
 * A pixel or link that is asked for again within this time is one hit: mail programs load a picture twice, people click
 * twice, and whoever holds a link could otherwise count as often as they like.
 */
export const repeatWindowMs = 60_000;

type OpenToken = Extract<TrackingToken, { kind: 'open' }>;
type ClickToken = Extract<TrackingToken, { kind: 'click' }>;

/** Returns the event of a pixel that was asked for. */
export function openEventOf(token: OpenToken, req: IncomingMessage, ctx: HitContext): EventOf<'OPEN'> {
  return { type: 'OPEN', ...commonOf(token, req, ctx, { linkIndex: -1, linksInWindow: 0 }) };
}

/** Returns the event of a link that was followed. */
export function clickEventOf(token: ClickToken, req: IncomingMessage, ctx: HitContext): EventOf<'CLICK'> {
  const linksInWindow = ctx.bursts.note(token.statusId, token.linkIndex, ctx.clock.monotonicMs());
  const referer = textOf(req.headers.referer, 2_000);
  return {
    type: 'CLICK',
    ...commonOf(token, req, ctx, { linkIndex: token.linkIndex, linksInWindow }),
    url: token.target,
    linkIndex: token.linkIndex,
    ...(referer === undefined ? {} : { referer }),
  };
}

function commonOf(
  { kind, statusId, accountId, emailId }: OpenToken | ClickToken,
  req: IncomingMessage,
  { clock, ip }: HitContext,
  { linkIndex, linksInWindow }: { linkIndex: number; linksInWindow: number },
) {
  const atMs = clock.nowMs();
  const userAgent = textOf(req.headers['user-agent'], 1_000);
  const address = clientIpOf(req, ip.isProxyTrusted);
  const ipAddress = storedIpOf(address, ip.privacy);
  const sinceAcceptedMs = atMs - acceptedAtMsOf(statusId);
  const { method = 'GET' } = req;
  const verdict = judgeHit({
    kind,
    method,
    userAgent,
    address,
    purpose: purposeOf(req),
    sinceAcceptedMs,
    linksInWindow,
  });
  return {
    // All hits of one window have one id, whichever process they came to, and an id is recorded once.
    id: eventIdOf(statusId, kind, linkIndex, String(verdict.machine), Math.floor(atMs / repeatWindowMs)),
    accountId,
    statusId,
    emailId,
    atMs,
    verdict,
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(ipAddress === undefined ? {} : { ipAddress }),
  };
}

/** The time inside a statusId: its first 48 bits (see `createStatusIdIssuer`). The token's MAC vouches for it. */
function acceptedAtMsOf(statusId: string): number {
  return Number.parseInt(statusId.slice(0, 8) + statusId.slice(9, 13), 16);
}

function purposeOf({ headers }: IncomingMessage): string | undefined {
  const purpose = headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-purpose'] ?? headers['x-moz'];
  return purpose === undefined ? undefined : String(purpose).toLowerCase();
}

/** A header's text, cut to `lengthMax`. Node refuses control characters in headers but for the tab (RFC 9110, 5.5). */
function textOf(header: string | undefined, lengthMax: number): string | undefined {
  return header?.slice(0, lengthMax).replaceAll('\t', ' ');
}
