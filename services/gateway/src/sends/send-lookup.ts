import { type DeliveryView, type Event, type SendStatusView, StatusId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';

/** A send as it is recorded. */
export type RecordedSend = SendStatusView &
  Readonly<{ emailId?: number | undefined; deliveries: readonly DeliveryView[] }>;

/** Where sends and their events are recorded; throws `Fault('unavailable')` while MongoDB is away. */
export type SendRecords = Readonly<{
  find: (accountId: number, statusId: string) => Promise<RecordedSend | null>;
  events: (accountId: number, statusId: string) => Promise<readonly Event[]>;
}>;

/** Tells by an id's own bits whether it was issued to this account, and when. */
export type InspectStatusId = (
  accountId: number,
  statusId: string,
) => Readonly<{ kind: 'issued'; atMs: number }> | Readonly<{ kind: 'unknown' }>;

export type SendLookupDeps = Readonly<{ inspect: InspectStatusId; records: SendRecords }>;

/**
 * Makes the look-up of a send by its statusId.
 *
 * An id that was never issued, or to another account, is `Fault('not_found')` without asking MongoDB, all alike (row
 * A04). One that was issued and is not recorded yet is PENDING since the time in the id. While MongoDB is away the
 * state is not known: `Fault('unavailable')`, rather than a PENDING that would be wrong for a send that is complete.
 */
export function createSendLookup({ inspect, records }: SendLookupDeps) {
  return async (accountId: number, statusId: string): Promise<RecordedSend & { acceptedAtMs: number }> => {
    const id = statusId.toLowerCase();
    const issued = StatusId.safeParse(id).success ? inspect(accountId, id) : ({ kind: 'unknown' } as const);
    if (issued.kind === 'unknown') throw new Fault('not_found', 'There is no send with this statusId.');

    const recorded = await records.find(accountId, id);
    const pending = {
      statusId: id,
      status: 'PENDING' as const,
      requestedAt: new Date(issued.atMs).toISOString(),
      deliveries: [],
    };
    return { ...(recorded ?? pending), acceptedAtMs: issued.atMs };
  };
}
export type SendLookup = ReturnType<typeof createSendLookup>;
