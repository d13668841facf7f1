import type { Event } from '@posthorn/contracts';
import { currentTraceParent, withSpan } from '@posthorn/runtime';

type Record = (event: Event) => Promise<void>;

/**
 * Puts a span around each recorded hit and the trace into its event, so that one trace shows the hit and its
 * recording. Used only where traces are exported: a span costs more than the rest of a hit.
 */
export function traceHits(record: Record): Record {
  return (event) =>
    withSpan(
      `hit ${event.type}`,
      { kind: 'SERVER', attributes: { statusId: event.statusId, accountId: event.accountId } },
      () => record({ ...event, trace: currentTraceParent() }),
    );
}
