import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Logger, sendHsts } from '@posthorn/runtime';
import { createClick } from './routes/click.ts';
import { answerNotFound } from './routes/not-found.ts';
import { createPixel, type HitRouteDeps } from './routes/pixel.ts';

export type TrackingServerDeps = HitRouteDeps &
  Readonly<{
    /** Answers `/livez` and `/readyz`; false for other paths. */
    handleHealth: (req: IncomingMessage, res: ServerResponse) => boolean;
    log: Logger;
  }>;

/** Longer than the longest token with its path; a longer URL is not one of ours. */
const urlLengthMax = 12_000;

const openPath = '/t/o/';
const clickPath = '/t/c/';
const robots = 'User-agent: *\nDisallow: /\n';

/**
 * The public HTTP server, on node:http alone: a hit costs a few microseconds beyond it.
 *
 * 405 for methods other than GET and HEAD, 414 for a URL no token has, 404 for everything else unknown.
 */
export function createTrackingServer(deps: TrackingServerDeps): Server {
  const answerPixel = createPixel(deps);
  const answerClick = createClick(deps);

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { url = '/', method } = req;
    // Clients that never pause would hold a closing server open.
    if (!server.listening) res.setHeader('connection', 'close');
    if (method !== 'GET' && method !== 'HEAD') return refuse(res, 405, { allow: 'GET, HEAD' });
    if (url.length > urlLengthMax) return refuse(res, 414);
    if (url.startsWith(openPath)) return answerPixel(tokenOf(url), req, res);
    if (url.startsWith(clickPath)) return answerClick(tokenOf(url), req, res);
    if (url === '/robots.txt') return answerRobots(res);
    if (!deps.handleHealth(req, res)) answerNotFound(res);
  }

  const server = createServer({ maxHeaderSize: 32_768, headersTimeout: 10_000, requestTimeout: 15_000 });
  server.on('request', (req, res) => {
    sendHsts(req, res);
    answer(req, res).catch((error: unknown) => {
      deps.log.error({ err: error }, 'hit failed');
      if (!res.headersSent) refuse(res, 500);
    });
  });
  return server;
}

/** The path behind its kind, without a query: some programs add one. */
function tokenOf(url: string): string {
  const end = url.indexOf('?');
  return url.slice(openPath.length, end === -1 ? undefined : end);
}

function answerRobots(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/plain', 'content-length': robots.length }).end(robots);
}

function refuse(res: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  res.writeHead(status, { ...headers, 'content-length': 0, 'cache-control': 'no-store' }).end();
}
