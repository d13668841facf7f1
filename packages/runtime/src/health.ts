import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

/**
 * What a service says of one part of itself: `ok`, or why not.
 *
 * A check looks at *progress* (the oldest waiting item, the last successful write), not only at whether a port is open.
 */
export type HealthCheck = () => Promise<{ ok: true } | { ok: false; reason: string }>;

export type HealthChecks = Readonly<{
  /** Failing: this process is stuck and must be replaced. */
  live: Readonly<Record<string, HealthCheck>>;
  /** Failing: this process must get no work now, for example while Redis is away. */
  ready: Readonly<Record<string, HealthCheck>>;
}>;

/** Longest a check may take; one that takes longer has failed. */
const checkTimeoutMs = 2_000;

/** Answers `GET /livez` and `GET /readyz` with 200 or 503 and a line for each check; false for any other path. */
export function createHealthHandler(checks: HealthChecks): (...args: Parameters<RequestListener>) => boolean {
  return (req, res) => {
    if (req.url === '/livez') void answer(checks.live, res);
    else if (req.url === '/readyz') void answer(checks.ready, res);
    else return false;
    return true;
  };
}

/** Serves the health pages alone on `port`, for services that have no HTTP of their own; 0 takes any free port. */
export async function startHealthServer(
  checks: HealthChecks,
  { host, port }: { host: string; port: number },
): Promise<AsyncDisposable & { port: number }> {
  const handle = createHealthHandler(checks);
  const server = createServer((req, res) => {
    if (!handle(req, res)) res.writeHead(404).end();
  });
  return listen(server, { host, port });
}

async function answer(checks: HealthChecks['live'], res: ServerResponse): Promise<void> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await run(check)] as const),
  );
  const isOk = results.every(([, result]) => result.ok);
  res.writeHead(isOk ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(JSON.stringify({ ok: isOk, checks: Object.fromEntries(results) }));
}

async function run(check: HealthCheck): Promise<Awaited<ReturnType<HealthCheck>>> {
  const timeout = Promise.withResolvers<{ ok: false; reason: string }>();
  const timer = setTimeout(() => timeout.resolve({ ok: false, reason: 'no answer in time' }), checkTimeoutMs);
  try {
    return await Promise.race([check(), timeout.promise]);
  } catch {
    return { ok: false, reason: 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
