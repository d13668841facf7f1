import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Event } from '@posthorn/contracts';
import type { TrackingToken } from '@posthorn/mail';
import { type HitContext, openEventOf } from '../hit-event.ts';

export type HitRouteDeps = Readonly<{
  readOpenToken: (token: string) => TrackingToken;
  readClickToken: (token: string) => TrackingToken;
  record: (event: Event) => Promise<void>;
  hits: HitContext;
}>;

/**
 * A transparent GIF of one pixel, 43 bytes (GIF89a), a character a byte: Node writes a text together with its headers,
 * bytes apart from them.
 */
const pixel = atob('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==');

const headers = {
  'content-type': 'image/gif',
  'content-length': pixel.length,
  // Nobody may keep it, or a second open is never seen.
  'cache-control': 'no-store, private',
  'x-robots-tag': 'noindex, nofollow',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'cross-origin',
};

/**
 * `GET /t/o/<token>.gif`: always the same picture with 200 (row K02). An open is recorded before the answer if the
 * token is one of ours, and nothing is if it is not.
 */
export function createPixel({ readOpenToken, record, hits }: HitRouteDeps) {
  return async (token: string, req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const read = readOpenToken(token.endsWith('.gif') ? token.slice(0, -4) : token);
    if (read.kind === 'open') await record(openEventOf(read, req, hits));
    res.writeHead(200, headers).end(pixel, 'latin1');
  };
}
