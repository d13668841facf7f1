import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { DispatchItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import { type Clock, createFakeClock } from '@posthorn/runtime';
import { type DnsZone, type SinkServerBehaviour, startDnsServer, startSmtpSink } from '@posthorn/testing';
import { createAttemptTelemetry } from '../attempt-telemetry.ts';
import { parseDnsServer } from '../routing/dns-client.ts';
import { type MxRouting, openMxRouter } from '../routing/open-mx-router.ts';
import { createOpenShaping } from '../shaping.ts';
import { createSiteAttempts } from '../site-attempts.ts';
import { defaultSmtpTimeouts } from '../smtp/smtp-timeouts.ts';
import { createSmtpPool } from '../smtp-pool.ts';

export type MxWorldOptions = Readonly<{
  zone: DnsZone;
  /** How the sinks behave; one runs for each, on 127.0.0.1 and up. */
  sinks?: readonly SinkServerBehaviour[];
  routing?: Partial<MxRouting>;
  connectMs?: number;
}>;

/** Routing, connections and receivers: everything between a delivery and its outcome but Redis. Ends with the test. */
export async function setUpMx(t: TestContext, options: MxWorldOptions) {
  const scope = new AsyncDisposableStack();
  t.after(() => scope.disposeAsync());
  const dns = scope.use(await startDnsServer(options.zone));
  const sinks = await startSinks(options.sinks ?? [{}], scope);
  const clock = createFakeClock();
  const redis = createFakeRedis();
  const routing: MxRouting = {
    dns: { servers: parseDnsServer(dns.address), timeoutMs: 500, tries: 2 },
    preference: 'ipv4',
    addresses: { allowPrivate: true },
    ownHosts: ['mail.sender.example'],
    requireTls: [],
    mxPort: sinks[0]?.port ?? 25,
    stsPort: 443,
    ...options.routing,
  };
  const router = openMxRouter(routing, { redis, clock });
  const timeouts = { ...defaultSmtpTimeouts, connectMs: options.connectMs ?? 1_000 };
  const pool = createSmtpPool({
    ehloName: 'mail.sender.example',
    timeouts,
    messagesMax: 100,
    idleMs: 60_000,
  });
  scope.use(pool);
  const trySites = createSiteAttempts({
    ...{ router, smtp: pool, clock, telemetry: createAttemptTelemetry({ pool: 'default' }) },
    shaping: createOpenShaping({ connectionsMax: 5 }),
    marks: { read: async () => new Map(), write: async () => undefined, clear: async () => undefined },
  });

  /** Tries one delivery and says what came of it. `ageMs`: how long ago it was accepted. */
  async function send(
    address: string,
    { ageMs = 0, purpose }: { ageMs?: number; purpose?: DispatchItem['purpose'] } = {},
  ) {
    const { item, ...rest } = aTaken(address, clock, ageMs);
    const taken = { ...rest, item: { ...item, ...(purpose && { purpose }) } };
    const tries = taken.item.recipients.map((recipient) => ({ ...recipient, ambiguousCount: 0 }));
    const [result] = await trySites(taken, tries, { isLeaseFresh: () => true });
    if (result?.kind !== 'attempted') throw new Error('not attempted');
    const { outcome, mx, tls, site } = result;
    return { ...outcome, mx, tls, site };
  }
  const connections = () => sinks.map(({ counts }) => counts.connections);
  return { dns, sinks, clock, redis, router, send, connections };
}

/** All on one port, since mail hosts differ by address only. */
async function startSinks(behaviours: readonly SinkServerBehaviour[], scope: AsyncDisposableStack) {
  const sinks: Awaited<ReturnType<typeof startSmtpSink>>[] = [];
  for (const [at, behaviour] of behaviours.entries()) {
    const port = sinks[0]?.port ?? 0;
    sinks.push(scope.use(await startSmtpSink({ host: `127.0.0.${at + 1}`, port, behaviour })));
  }
  return sinks;
}

function aTaken(address: string, clock: Clock, ageMs: number): Taken<DispatchItem> {
  const statusId = randomUUID();
  const item: DispatchItem = {
    ...{ id: statusId, statusId, accountId: 1, emailId: 2, acceptedAtMs: clock.nowMs() },
    returnPath: 'b@bounce.example',
    recipients: [{ deliveryId: `${statusId}:0`, address }],
    rendition: 'Subject: x\r\n\r\nx\r\n',
    ...{ smtpUtf8: false, expiresAtMs: clock.nowMs() + 3_600_000, onAmbiguous: 'retry' },
  };
  const firstPostedAtMs = clock.nowMs() - ageMs;
  return { id: statusId, item, attempt: 1, originBagId: 'bag', firstPostedAtMs, crashes: 0 };
}

/** The few commands that policies and TLS counts need. */
function createFakeRedis() {
  const values = new Map<string, string>();
  const counts = new Map<string, number>();
  const texts = new Map<string, string>();
  return {
    ...{ values, counts, texts },
    get: async (key: string) => values.get(key) ?? null,
    set: async (key: string, value: string) => values.set(key, value),
    hincrby: async (key: string, field: string, by: number) =>
      counts.set(`${key} ${field}`, (counts.get(`${key} ${field}`) ?? 0) + by),
    hset: async (key: string, field: string, value: string) => texts.set(`${key} ${field}`, value),
    expire: async () => 1,
    zadd: async () => 1,
    zremrangebyscore: async () => 0,
  };
}
