import type { Logger } from './logger.ts';
import { flushTelemetry } from './telemetry/flush.ts';
import { watchParent } from './watch-parent.ts';

/**
 * Stops a service in order on SIGTERM, SIGINT or SIGHUP, and ends the process; with `endsWithParent` also when the
 * process that started it is gone.
 *
 * Bounded: past `timeoutMs` the process exits with code 1 whatever still runs (row B13: a close may hang when Redis
 * is away); what was in flight is taken up again from the mailbags. A second signal exits at once. Unhandled
 * rejections and exceptions end the process too, since its state is then unknown.
 */
export function stopOnSignal(
  app: AsyncDisposable,
  log: Logger,
  { timeoutMs, endsWithParent = false }: { timeoutMs: number; endsWithParent?: boolean },
): void {
  let isStopping = false;

  async function stop(signal: string): Promise<void> {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => exitLate(log, timeoutMs), timeoutMs).unref();
    log.info({ signal }, 'stopping');
    await app[Symbol.asyncDispose]();
    log.info('stopped');
    await flushTelemetry();
    process.exit(0);
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
  if (endsWithParent) watchParent(() => void stop('parent gone'));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, 'ended by a bug');
      process.exit(1);
    });
  }
}

function exitLate(log: Logger, timeoutMs: number): void {
  log.error({ timeoutMs }, 'stopping took too long');
  process.exit(1);
}
