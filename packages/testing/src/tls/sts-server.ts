import { createServer } from 'node:https';
import { listen } from '@posthorn/runtime';
import type { Credentials } from './authority.ts';

/** A web server that offers one MTA-STS policy. What it answers can be changed while it runs. */
export type StsServer = AsyncDisposable & {
  port: number;
  /** Host names it was asked as, one for each request. */
  asked: readonly string[];
  answer(answer: StsAnswer): void;
};

export type StsAnswer = Readonly<{ body?: string; status?: number; headers?: Record<string, string> }>;

export async function startStsServer(
  { key, cert }: Credentials,
  first: StsAnswer,
  { host = '127.0.0.1' }: { host?: string } = {},
): Promise<StsServer> {
  let current = first;
  const asked: string[] = [];
  const server = createServer({ key, cert }, (req, res) => {
    asked.push(req.headers.host ?? '');
    const { body = '', status = 200, headers = {} } = current;
    res.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
  });
  const listening = await listen(server, { host, port: 0 });
  return {
    ...{ port: listening.port, asked },
    answer(next) {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await listening[Symbol.asyncDispose]();
    },
  };
}
