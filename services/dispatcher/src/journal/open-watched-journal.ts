import { Fault, isFault, systemClock } from '@posthorn/runtime';
import { bringInLeftJournals, type LeftJournalsDeps } from './left-journals.ts';
import { type OutcomeJournal, openOutcomeJournal } from './outcome-journal.ts';

/** How often journals are looked for whose process died while this one lives. */
const lookEveryMs = 5_000;
/** A disk that is full stays so for a while. */
const complainEveryMs = 60_000;

/**
 * Opens this process's journal, once what dead processes noted is in Redis, and goes on looking for more of that.
 *
 * Throws a `misconfigured` Fault where the folder cannot be written, `unavailable` while Redis is away.
 */
export async function openWatchedJournal(deps: Omit<LeftJournalsDeps, 'nowMs'>): Promise<OutcomeJournal> {
  const { folder, seal, log } = deps;
  const look = (isFirstLook: boolean) =>
    bringInLeftJournals({ ...deps, isFirstLook, nowMs: () => systemClock.nowMs() });
  await look(true);
  const journal = openOwn();
  const looking = setInterval(() => void look(false).catch(report), lookEveryMs).unref();
  let complainedAtMs = Number.NEGATIVE_INFINITY;

  function openOwn(): OutcomeJournal {
    try {
      return openOutcomeJournal({ folder, ...(seal && { seal }), onFailure: complain });
    } catch (cause) {
      throw new Fault('misconfigured', 'JOURNAL_FOLDER cannot be written to.', { cause });
    }
  }

  function complain(error: unknown): void {
    if (systemClock.monotonicMs() - complainedAtMs < complainEveryMs) return;
    complainedAtMs = systemClock.monotonicMs();
    log.error({ err: error }, 'outcomes cannot be noted; a crash now may double some messages');
  }

  function report(error: unknown): void {
    if (!isFault(error, 'unavailable')) log.error({ err: error }, 'looking for journals failed');
  }

  return {
    note: (entry) => journal.note(entry),
    [Symbol.dispose]() {
      clearInterval(looking);
      journal[Symbol.dispose]();
    },
  };
}
