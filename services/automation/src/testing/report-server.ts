import { createServer } from 'node:https';
import { listen } from '@posthorn/runtime';
import { type Authority, createAuthority } from '@posthorn/testing';

export type PostedReport = Readonly<{
  path: string;
  host: string;
  type: string;
  body: Buffer;
}>;

/** A web server that takes reports, with a certificate of its own authority. Its answer can be changed. */
export type ReportServer = AsyncDisposable & {
  port: number;
  ca: string;
  posted: readonly PostedReport[];
  answer(status: number): void;
};

export async function startReportServer(name: string): Promise<ReportServer> {
  await using scope = new AsyncDisposableStack();
  const authority: Authority = scope.use(await createAuthority());
  const { key, cert } = await authority.issue(name);
  const posted: PostedReport[] = [];
  let status = 201;
  const server = createServer({ key, cert }, async (req, res) => {
    const body = Buffer.concat(await Array.fromAsync(req));
    const { host = '', 'content-type': type = '' } = req.headers;
    posted.push({ path: req.url ?? '', host, type, body });
    res.writeHead(status, { location: '/elsewhere' }).end();
  });
  const listening = scope.use(await listen(server, { host: '127.0.0.1', port: 0 }));
  scope.defer(() => server.closeAllConnections());
  const opened = scope.move();
  return {
    ...{ port: listening.port, ca: authority.ca.toString(), posted },
    answer: (next) => {
      status = next;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
