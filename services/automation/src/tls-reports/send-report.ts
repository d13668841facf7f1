import { type DispatchItem, tlsCountsKey } from '@posthorn/contracts';
import type { DnsLookup } from '@posthorn/domains';
import type { Clock, Logger } from '@posthorn/runtime';
import type { DueReport } from './due-reports.ts';
import type { MayMail } from './may-mail.ts';
import type { Handed, PostReport } from './post-report.ts';
import { reportMailOf } from './report-mail.ts';
import type { ReportSigners } from './report-signers.ts';
import { type ReportTarget, reportTargetsOf } from './rua.ts';
import { readTlsDay } from './tls-day.ts';
import { makeTlsReport, type Reporter, type TlsReport } from './tls-report.ts';

export type SendReportDeps = Readonly<{
  redis: {
    hgetall(key: string): Promise<Record<string, string>>;
    hset(key: string, field: string, value: string): Promise<unknown>;
  };
  lookup: DnsLookup;
  mayMail: MayMail;
  postReport: PostReport;
  signers: ReportSigners;
  /** The dispatch lane of the pool that reports leave from. */
  postbox: { post(item: DispatchItem): Promise<void> };
  reporter: Reporter & Readonly<{ from: string; accountId: number }>;
  clock: Clock;
  log: Logger;
}>;

/** Sends one report. `later`: something stood in the way that may pass; what was sent is not sent again then. */
export type SendReport = (report: DueReport) => Promise<'done' | 'later'>;

/** How long is tried: 24 hours (RFC 8460, section 5.5) after the latest moment at which a report falls due. */
const triedMs = 29 * 3_600_000;
const dayMs = 86_400_000;

/** When a report is given up. */
export function givenUpAtMs({ day }: DueReport): number {
  return Date.parse(`${day}T00:00:00Z`) + dayMs + triedMs;
}

/**
 * Makes the step that sends a report to each target of its domain, if there are any.
 *
 * Rejects with `unavailable` where Redis or the store is away. Called twice at once, or after a crash between the sending
 * and the note of it, it sends the same report, with the same id, twice.
 */
export function createSendReport(deps: SendReportDeps): SendReport {
  const { redis, lookup, reporter, log } = deps;

  return async ({ day, domain }) => {
    const wanted = await lookup('TXT', `_smtp._tls.${domain}`);
    if (wanted.kind === 'unknown') return 'later';
    const targets = (wanted.kind === 'found' && reportTargetsOf(wanted.values)) || [];
    const counts = targets.length > 0 ? await readTlsDay(redis, day, domain) : null;
    if (!counts) return 'done';

    const key = tlsCountsKey(day, domain);
    const handed = await redis.hgetall(key);
    const report = await makeTlsReport(counts, reporter);
    let isLater = false;
    for (const target of targets) {
      const note = `sent ${target.uri}`;
      if (note in handed) continue;
      const result = await handOver(target, report, { day, domain }, deps);
      if (result.kind === 'failed') isLater = true;
      else await redis.hset(key, note, result.kind);
      const reason = 'reason' in result ? { reason: result.reason } : {};
      log.info({ day, domain, by: target.kind, result: result.kind, ...reason }, 'tls report handed over');
    }
    return isLater ? 'later' : 'done';
  };
}

async function handOver(
  target: ReportTarget,
  report: TlsReport,
  due: DueReport,
  deps: SendReportDeps,
): Promise<Handed> {
  return target.kind === 'https'
    ? await deps.postReport(target.url, report.gzipped)
    : await mail(target.address, report, due, deps);
}

async function mail(
  to: string,
  report: TlsReport,
  due: DueReport,
  { mayMail, signers, postbox, reporter, clock }: SendReportDeps,
): Promise<Handed> {
  const may = await mayMail(due.domain, to.slice(to.lastIndexOf('@') + 1).toLowerCase());
  if (may === 'unknown')
    return { kind: 'failed', reason: 'the DNS could not be asked whether it is wanted there' };
  if (may === 'no') return { kind: 'refused', reason: 'the address is at a domain that never asked for it' };
  const keys = await signers();
  // A report that is not signed counts for nothing (RFC 8460, section 3).
  if (keys.length === 0) return { kind: 'failed', reason: 'no verified domain signs for TLSRPT_FROM' };
  const { from, accountId } = reporter;
  const times = { atMs: clock.nowMs(), expiresAtMs: givenUpAtMs(due) };
  await postbox.post(reportMailOf(report, reporter, { to, from, accountId, signers: keys, ...times }));
  return { kind: 'sent' };
}
