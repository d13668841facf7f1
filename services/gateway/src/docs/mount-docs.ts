import { readFileSync } from 'node:fs';
import type { Express, Response } from 'express';
import type { Endpoint } from '../http/endpoint.ts';
import { describeApi } from './openapi.ts';
import { docsPage } from './page.ts';

/** Nothing but our own stylesheet; no script, no frame, no form. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the API's description: /openapi.json for programs, /docs for people, and / leads there. */
export function mountDocs(app: Express, endpoints: readonly Endpoint[]): void {
  const api = describeApi(endpoints);
  const json = JSON.stringify(api);
  const page = docsPage(api);
  const style = readFileSync(new URL('./style.css', import.meta.url), 'utf8');

  app.get('/openapi.json', (_req, res) => {
    // Tools in a browser may read it from any page; it is the same for everyone and tells no secret.
    res.setHeader('access-control-allow-origin', '*');
    send(res, 'application/json', json);
  });
  app.get('/docs', (_req, res) => send(res, 'text/html', page));
  app.get('/docs/style.css', (_req, res) => send(res, 'text/css', style));
  app.get('/', (_req, res) => res.redirect('/docs'));
}

function send(res: Response, type: string, text: string): void {
  res.setHeader('content-type', `${type}; charset=utf-8`);
  res.setHeader('content-security-policy', contentSecurityPolicy);
  res.setHeader('x-content-type-options', 'nosniff');
  res.setHeader('referrer-policy', 'no-referrer');
  res.setHeader('cache-control', 'no-cache');
  res.end(text);
}
