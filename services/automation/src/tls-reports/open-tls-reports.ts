import { dispatchLane } from '@posthorn/contracts';
import type { DnsLookup } from '@posthorn/domains';
import { connectRedis, createPostbox } from '@posthorn/queue';
import { type Clock, createAddressJudge, type Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';
import { createDueReports } from './due-reports.ts';
import { createMayMail } from './may-mail.ts';
import { createPostReport, type PostReportOptions } from './post-report.ts';
import { createReportSigners } from './report-signers.ts';
import { createSendReport } from './send-report.ts';
import type { TlsReportSettings } from './settings.ts';
import { createTlsReporter, type TlsReporter } from './tls-reporter.ts';

export type TlsReportsDeps = Readonly<{
  /** Opens private keys. */
  store: Store;
  lookup: DnsLookup;
  clock: Clock;
  log: Logger;
}> &
  Pick<Partial<PostReportOptions>, 'judge' | 'ca'>;

/** Wires the sending of TLS reports (RFC 8460) and starts it. */
export async function openTlsReports(
  { redis: redisSettings, lane, from, accountId, trusted, pool, lookEveryMs, ...who }: TlsReportSettings,
  { store, lookup, clock, log, judge = createAddressJudge({ allowPrivate: false }), ca }: TlsReportsDeps,
): Promise<TlsReporter> {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await connectRedis({ ...redisSettings, role: 'poster', log }));
  const postbox = scope.use(createPostbox(dispatchLane(pool), { redis, log, blobs: store.blobs, ...lane }));
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const { domains, dkimKeys } = store;
  const send = createSendReport({
    redis: redis.client,
    lookup,
    mayMail: createMayMail({ lookup, trusted }),
    postReport: createPostReport({ lookup, judge, ...(ca !== undefined && { ca }) }),
    signers: createReportSigners({ domains, dkimKeys, accountId, domain, clock }),
    postbox,
    reporter: { organization: who.organization, contact: who.contact, domain, from, accountId },
    clock,
    log,
  });
  const due = createDueReports(redis.client);
  const reporter = scope.use(createTlsReporter({ due, send, lookEveryMs, clock, log }));

  const opened = scope.move();
  return { healthCheck: reporter.healthCheck, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
