import { fileURLToPath } from 'node:url';
import type { Logger } from '@posthorn/runtime';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { apiRoutes } from './api-routes.ts';
import { refuse } from './found-mail.ts';
import { refuseForeign, secureHeaders } from './http-security.ts';
import { liveEvents } from './live-events.ts';
import { type PageDeps, pageRoutes } from './page-routes.ts';
import { problemPage } from './pages/layout.ts';

/** The mailbox's pages and its API. */
export function createHttpApp(deps: PageDeps & { log: Logger }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(secureHeaders(), refuseForeign());

  app.get(['/livez', '/readyz'], (_req, res) => void res.type('text').send('ok'));
  app.get('/events', liveEvents(deps.store));
  app.use(
    '/assets',
    express.static(fileURLToPath(new URL('assets', import.meta.url)), { index: false, cacheControl: false }),
  );
  app.use('/api/v1', apiRoutes(deps));
  app.use(pageRoutes(deps));
  app.use(
    (_req, res) =>
      void res.status(404).send(problemPage('Page not found', 'There is nothing at this address.')),
  );
  app.use(answerError(deps.log));
  return app;
}

/** A request the framework refuses keeps its status; anything else is a bug and is logged. */
function answerError(log: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    const status = statusOf(error);
    if (status === 500) log.error({ err: error, method: req.method }, 'request failed');
    if (res.headersSent) return next(error);
    refuse(
      res,
      status,
      status === 500 ? 'The mailbox failed; its log says why' : 'The request cannot be read',
    );
  };
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : 500;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
