import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type SinkServerBehaviour, type SmtpSinkOptions, startSmtpSink } from '@posthorn/testing';
import type { Outcome } from '../outcome.ts';
import type { Route } from '../router.ts';
import type { MayEnd, OutboundMessage } from '../smtp/outbound-message.ts';
import { defaultSmtpTimeouts, type SmtpTimeouts } from '../smtp/smtp-timeouts.ts';
import { createSmtpPool } from '../smtp-pool.ts';

export { until } from './until.ts';

export type PoolSetUp = Readonly<{
  sink?: SmtpSinkOptions;
  behaviour?: SinkServerBehaviour;
  timeouts?: Partial<SmtpTimeouts>;
  messagesMax?: number;
  connectionsMax?: number;
  mayEnd?: MayEnd;
}>;

type Message = Partial<OutboundMessage> & { route?: Route };

/** A pool and a sink it sends to; both end with the test. */
export async function setUpPool(t: TestContext, options: PoolSetUp = {}) {
  const { timeouts, messagesMax = 1_000, connectionsMax = 10, mayEnd = async () => 'go' } = options;
  const sink = await startSmtpSink({ behaviour: options.behaviour ?? {}, ...options.sink });
  const pool = createSmtpPool({
    ehloName: 'mail.example.net',
    timeouts: { ...defaultSmtpTimeouts, ...timeouts },
    messagesMax,
    idleMs: 60_000,
  });
  t.after(async () => {
    await pool[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });
  const local: Route = {
    site: 'sink',
    hosts: [{ host: sink.host, port: sink.port }],
    tls: 'opportunistic',
  };

  /** Resolves with the outcomes by recipient. */
  async function send(
    recipients: readonly string[],
    message: Message = {},
  ): Promise<Record<string, Outcome>> {
    const { route = local, ...fields } = message;
    const rendition = 'Subject: x\r\n\r\nx\r\n';
    const defaults = { from: 'b@bounce.example', rendition, smtpUtf8: false };
    const sent = await pool.send({ ...defaults, recipients, ...fields }, { route, connectionsMax, mayEnd });
    return Object.fromEntries(sent.outcomes);
  }
  return { sink, pool, send, route: local };
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const sink = await startSmtpSink();
  await sink[Symbol.asyncDispose]();
  return sink.port;
}

/** A key and a certificate for localhost that no authority signed, made for this test by the system's openssl. */
export async function selfSignedCertificate(t: TestContext): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-out', cert];
  await promisify(execFile)('openssl', ['req', '-x509', ...newKey, ...subject]);
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}
