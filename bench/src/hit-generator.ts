import process from 'node:process';
import { createHttpSender, requestOf } from './http-sender.ts';

/**
 * What the parent asks of this process: to ask for `paths`, in turn, `count` times on `connections` kept ones; with a
 * JSON `body`, to post it there.
 */
export type HitOrder = Readonly<{
  port: number;
  paths: readonly string[];
  count: number;
  connections: number;
  body?: string;
}>;

/** Hits by their HTTP status, and how long all took. */
export type HitReport = Readonly<{ statuses: Record<string, number>; elapsedMs: number }>;

process.once('message', (order: HitOrder) => void hit(order));

async function hit({ port, paths, count, connections, body }: HitOrder): Promise<void> {
  const headers = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n';
  const requests = paths.map((path) => requestOf(body === undefined ? 'GET' : 'POST', path, headers, body));
  const statuses: Record<string, number> = {};
  let next = 0;

  async function askAll(): Promise<void> {
    using sender = createHttpSender(port);
    while (next < count) {
      const request = requests[next++ % requests.length] ?? Buffer.alloc(0);
      const { status } = await sender.ask(request);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }

  const startedMs = performance.now();
  await Promise.all(Array.from({ length: connections }, askAll));
  const report: HitReport = { statuses, elapsedMs: performance.now() - startedMs };
  process.send?.(report, () => process.exit(0));
}
