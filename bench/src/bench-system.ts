import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Instance, readSettings, startInstance } from '@posthorn/local';
import { benchEmail } from './bench-email.ts';
import { type Child, startChild } from './child.ts';

/** A whole Posthorn on a folder of its own, whose mail goes to the bench's sink. */
export type BenchSystem = AsyncDisposable & {
  readonly instance: Instance['running'];
  readonly sink: Child;
  readonly sinkPort: number;
  /** The published bench email. */
  readonly emailId: number;
  /** Its data; gone once it is disposed. */
  readonly home: string;
};

export type BenchSystemOptions = Readonly<{
  /** What is published as the bench email. */
  email?: typeof benchEmail;
  /** Where the sink listens; 127.0.0.1 by default. */
  sinkHost?: string;
  /** Variables of the services, over those that the bench gives them. */
  env?: Readonly<Record<string, string>>;
}>;

/** Starts it on the block of ports from `firstPort`; disposing stops it and removes its data. */
export async function startBenchSystem(
  firstPort: number,
  { email = benchEmail, sinkHost = '127.0.0.1', env: more = {} }: BenchSystemOptions = {},
): Promise<BenchSystem> {
  await using scope = new AsyncDisposableStack();
  const home = await mkdtemp(path.join(tmpdir(), 'posthorn-bench-'));
  scope.defer(() => rm(home, { recursive: true, force: true }));
  const sink = scope.use(startChild('sink.ts', sinkHost));
  const sinkPort = await sink.next<number>();

  const env = {
    ...process.env,
    POSTHORN_HOME: home,
    POSTHORN_PORT: String(firstPort),
    SMTP_ROUTE: `smtp://127.0.0.1:${sinkPort}`,
    LOG_LEVEL: 'warn',
    ...more,
  };
  const instance = scope.use(await startInstance(readSettings(env, process.cwd()), { show: () => {} }));
  const emailId = await publish(instance.running, email);

  const opened = scope.move();
  return {
    get instance() {
      return instance.running;
    },
    ...{ sink, sinkPort, emailId, home },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function publish(
  { apiUrl, apiKey }: Instance['running'],
  email: BenchSystemOptions['email'],
): Promise<number> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const url = `${apiUrl}/marketing/v3/emails`;
  const created = await fetch(url, { method: 'POST', headers, body: JSON.stringify(email) });
  const { id }: { id: string } = JSON.parse(await created.text());
  const published = await fetch(`${url}/${id}/publish`, { method: 'POST', headers });
  if (published.status !== 204)
    throw new Error(`Publishing answered ${published.status}: ${await published.text()}`);
  return Number(id);
}
