import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ByteBudget,
  type Clock,
  createDurationHistogram,
  Fault,
  isFault,
  type Logger,
  withSpan,
} from '@posthorn/runtime';
import express, { type Express, type Request, type Response } from 'express';
import type { Principal } from '../auth/principal.ts';
import { requireActive } from '../auth/require-active.ts';
import { requireScope } from '../auth/require-scope.ts';
import { type Answer, writeAnswer } from './answer.ts';
import { correlationIdOf } from './correlation-id.ts';
import type { Endpoint, RawCall } from './endpoint.ts';
import { errorAnswer } from './error-answer.ts';
import { Refusal } from './refusal.ts';
import { readJsonBytes } from './request-body.ts';
import { ignoredHeaderOf } from './tolerance/notes.ts';
import { createInputReader } from './tolerance/read-inputs.ts';
import type { RawQuery } from './tolerance/read-query.ts';

/** What every request needs, whichever endpoint it is for. */
export type HttpDeps = Readonly<{
  authenticate: (authorization?: string) => Promise<Principal>;
  /** Counts the call; resolves with the headers that tell how much is left, rejects with 429 when nothing is. */
  limit: (principal: Principal) => Promise<Record<string, string>>;
  clock: Clock;
  log: Logger;
  /** Largest body in bytes where an endpoint says nothing else. */
  bodyBytesMax: number;
  /** Bounds the bodies under way in this process together. */
  bodyBudget: ByteBudget;
}>;

const recordDuration = createDurationHistogram(
  'posthorn.gateway.request_ms',
  'Time from the request line to the answer, by endpoint and status.',
);

/** Query parameters in which clients of other APIs send keys; a URL ends up in logs, so ours is refused there (row A05). */
const keyInQuery = /[?&](?:hapikey|api_?key|access_token|token)=[^&]|ph_live_/i;

/**
 * Mounts endpoints on an Express app, which only routes; everything else a request needs happens here, in one pass:
 * correlation id, key, scope, limit, body, handler, and every answer.
 */
export function createHttp(endpoints: readonly Endpoint[], deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.enable('case sensitive routing');

  for (const endpoint of endpoints) {
    const mounted = { endpoint, deps, readInputs: createInputReader(endpoint) };
    const serve = (req: Request, res: Response) => answer(req, res, deps, () => run(mounted, req, res));
    app[endpoint.method]([...endpoint.paths], (req, res) => void timed(endpoint, deps, req, res, serve));
  }
  for (const [path, those] of byPath(endpoints)) app.all(path, refuseMethod(those, deps));
  return app;
}

/** Mounts what answers when nothing else did; must come last. */
export function mountFallbacks(app: Express, deps: Pick<HttpDeps, 'log'>): void {
  app.use((req: Request, res: Response) =>
    answer(req, res, deps, async () => {
      throw nothingHere();
    }),
  );
  app.use((error: unknown, req: Request, res: Response, _next: unknown) =>
    answer(req, res, deps, async () => {
      throw error;
    }),
  );
}

async function timed(
  { id, method, paths: [route] }: Endpoint,
  { clock }: HttpDeps,
  req: Request,
  res: Response,
  serve: (req: Request, res: Response) => Promise<void>,
): Promise<void> {
  const startedAtMs = clock.monotonicMs();
  const attributes = { 'http.request.method': method.toUpperCase(), 'http.route': route };
  const parent = req.headers['traceparent'];
  await withSpan(
    `${attributes['http.request.method']} ${route}`,
    { kind: 'SERVER', attributes, parent: typeof parent === 'string' ? parent : undefined },
    async (span) => {
      await serve(req, res);
      span.setAttribute('http.response.status_code', res.statusCode);
    },
  );
  recordDuration(clock.monotonicMs() - startedAtMs, { endpoint: id, status: res.statusCode });
}

/** Answers what `work` returns, or what its error amounts to. Never rejects. */
async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { log }: Pick<HttpDeps, 'log'>,
  work: () => Promise<Answer>,
): Promise<void> {
  const correlationId = correlationIdOf(req.headers);
  try {
    writeAnswer(res, await work(), correlationId);
  } catch (error) {
    writeAnswer(res, errorAnswer(error, correlationId, log), correlationId);
  }
}

type Mounted = Readonly<{
  endpoint: Endpoint;
  deps: HttpDeps;
  readInputs: ReturnType<typeof createInputReader>;
}>;

async function run(mounted: Mounted, req: Request, res: Response): Promise<Answer> {
  const { endpoint, deps } = mounted;
  const queryAt = req.url.indexOf('?');
  if (queryAt !== -1 && keyInQuery.test(req.url.slice(queryAt)))
    throw new Fault(
      'key_in_query',
      'Keys are not taken from the URL; send them as "Authorization: Bearer …".',
    );
  const early = endpoint.keyOf && (await readRequest(mounted, req, res));
  const principal = early
    ? await identify(mounted, early)
    : await deps.authenticate(req.headers.authorization);
  requireScope(principal, endpoint.scopes);
  requireActive(principal, endpoint);
  const headers = endpoint.isRateLimited ? await deps.limit(principal) : undefined;
  const bad = endpoint.params && badParam(endpoint, stringsOf(req.params));
  if (bad !== undefined)
    throw new Fault('invalid_request', `Unable to parse value for path parameter: ${bad}`);

  const answer = await endpoint.run({ principal, ...(early ?? (await readRequest(mounted, req, res))) });
  return headers ? { ...answer, headers: { ...headers, ...answer.headers } } : answer;
}

/** Finds whose key a call asks about; as with HubSpot, one that is not valid is not found. */
async function identify({ endpoint, deps }: Mounted, call: Omit<RawCall, 'principal'>): Promise<Principal> {
  try {
    return await deps.authenticate(`Bearer ${endpoint.keyOf?.(call)}`);
  } catch (error) {
    if (isFault(error, 'unauthenticated')) throw new Fault('not_found', 'There is no such key.');
    throw error;
  }
}

/** Reads what was sent, and names in the answer, good or bad, what nobody reads of it. */
async function readRequest(
  { endpoint, deps, readInputs }: Mounted,
  req: Request,
  res: Response,
): Promise<Omit<RawCall, 'principal'>> {
  const bytes = endpoint.bodySchema
    ? await readJsonBytes(req, res, {
        bytesMax: endpoint.bodyBytesMax ?? deps.bodyBytesMax,
        budget: deps.bodyBudget,
      })
    : Buffer.alloc(0);
  // Express types what any of its query parsers may give; ours, `simple`, is Node's own.
  const { query, json, ignored } = readInputs(req.query as RawQuery, bytes);
  if (ignored.size > 0) res.setHeader('x-posthorn-ignored', ignoredHeaderOf(ignored));
  return {
    params: stringsOf(req.params),
    query,
    json,
    bytes,
    target: `${req.method} ${req.path}`,
    idempotencyKey: headerOf(req, 'idempotency-key'),
    host: req.headers.host,
  };
}

function headerOf(req: Request, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Our paths have no wildcards, which alone give lists. */
function stringsOf(params: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

function byPath(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const found = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints)
    for (const path of endpoint.paths) found.set(path, [...(found.get(path) ?? []), endpoint]);
  return found;
}

/** A name where an id belongs is a path that is not there (`/emails/clone`), and not a method that is not. */
function refuseMethod(endpoints: readonly Endpoint[], deps: HttpDeps) {
  const allow = [...new Set(endpoints.map(({ method }) => method.toUpperCase()))].join(', ');
  return (req: Request, res: Response) =>
    answer(req, res, deps, async () => {
      const params = stringsOf(req.params);
      if (endpoints.some((endpoint) => badParam(endpoint, params) !== undefined)) throw nothingHere();
      throw new Refusal('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
    });
}

function nothingHere(): Fault {
  return new Fault('not_found', 'There is nothing at this path.');
}

/** The name of the first parameter in the path that is not what the endpoint takes there. */
function badParam({ params = {} }: Endpoint, given: RawCall['params']): string | undefined {
  return Object.entries(params).find(([name, schema]) => !schema.safeParse(given[name]).success)?.[0];
}
