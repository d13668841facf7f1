import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { EventOf } from '@posthorn/contracts';
import type { TrackingToken } from '@posthorn/mail';
import type { Clock } from '@posthorn/runtime';
import { type IpPrivacy, storedIpOf } from './ip-address.ts';
import type { LinkBursts } from './link-bursts.ts';
import { judgeHit } from './machine-verdict.ts';

export type HitContext = Readonly<{
  clock: Clock;
  bursts: LinkBursts;
  ip: Readonly<{ privacy: IpPrivacy; isProxyTrusted: boolean }>;
}>;

type OpenToken = Extract<TrackingToken, { kind: 'open' }>;
type ClickToken = Extract<TrackingToken, { kind: 'click' }>;

/** The event of a pixel that was asked for. Its id is random: every request is an event of its own. */
export function openEventOf(token: OpenToken, req: IncomingMessage, ctx: HitContext): EventOf<'OPEN'> {
  return { type: 'OPEN', ...commonOf(token, req, ctx, 0) };
}

/** The event of a link that was followed. */
export function clickEventOf(token: ClickToken, req: IncomingMessage, ctx: HitContext): EventOf<'CLICK'> {
  const links = ctx.bursts.note(token.statusId, token.linkIndex, ctx.clock.monotonicMs());
  const referer = textOf(req.headers.referer, 2_000);
  return {
    type: 'CLICK',
    ...commonOf(token, req, ctx, links),
    url: token.target,
    linkIndex: token.linkIndex,
    ...(referer === undefined ? {} : { referer }),
  };
}

function commonOf(
  { kind, statusId, accountId, emailId }: OpenToken | ClickToken,
  req: IncomingMessage,
  { clock, ip }: HitContext,
  linksInWindow: number,
) {
  const atMs = clock.nowMs();
  const userAgent = textOf(req.headers['user-agent'], 1_000);
  const ipAddress = storedIpOf(req, ip);
  const sinceAcceptedMs = atMs - acceptedAtMsOf(statusId);
  const { method = 'GET' } = req;
  const verdict = judgeHit({
    kind,
    method,
    userAgent,
    purpose: purposeOf(req),
    sinceAcceptedMs,
    linksInWindow,
  });
  return {
    id: randomUUID(),
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
