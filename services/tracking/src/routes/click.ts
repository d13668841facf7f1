import type { IncomingMessage, ServerResponse } from 'node:http';
import { clickEventOf } from '../hit-event.ts';
import { answerNotFound } from './not-found.ts';
import type { HitRouteDeps } from './pixel.ts';

const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
  'content-length': 0,
};

/**
 * `GET /t/c/<token>`: 302 to the link's target, which is inside the token and vouched for by its MAC (row K01). Signs
 * behind the token are ignored (see `readClickToken`). A token that is not ours, whole and unchanged, answers 404 and
 * never redirects. The click is recorded before the
 * answer; the redirect depends on nothing (row F08).
 */
export function createClick({ readClickToken, record, hits }: HitRouteDeps) {
  return async (token: string, req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const read = readClickToken(token);
    if (read.kind !== 'click') return answerNotFound(res);
    await record(clickEventOf(read, req, hits));
    res.writeHead(302, { ...headers, location: read.target }).end();
  };
}
