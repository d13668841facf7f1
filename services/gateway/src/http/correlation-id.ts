import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The caller's own `X-Correlation-Id` where it is a UUID, else a new one; anything else could forge lines in a log. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && uuid.test(given) ? given.toLowerCase() : randomUUID();
}
