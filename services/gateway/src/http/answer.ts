import type { ServerResponse } from 'node:http';

/** What a handler answers: plain data, so that it can be tested, stored for a replay, and written in one place. */
export type Answer = Readonly<{
  status: number;
  /** JSON; absent with 204. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}>;

/** Writes an answer. The correlation id goes into a header of every answer, good or bad. */
export function writeAnswer(res: ServerResponse, answer: Answer, correlationId: string): void {
  if (res.headersSent || res.destroyed) return;
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  res.writeHead(answer.status, {
    'x-hubspot-correlation-id': correlationId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(text !== '' && {
      'content-type': 'application/json;charset=utf-8',
      'content-length': Buffer.byteLength(text),
    }),
    ...answer.headers,
  });
  res.end(text);
}
