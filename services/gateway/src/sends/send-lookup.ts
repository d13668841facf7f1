import { type SendStatusView, StatusId } from '@posthorn/contracts';
import { type Clock, Fault } from '@posthorn/runtime';
import type { GenerationRepository, SendRecord, SendRepository } from '@posthorn/store';
import { isLost, lostView } from './lost.ts';

/** Tells by an id's own bits whether it was issued to this account, and when. */
export type InspectStatusId = (
  accountId: number,
  statusId: string,
) => Readonly<{ kind: 'issued'; atMs: number }> | Readonly<{ kind: 'unknown' }>;

export type SendLookupDeps = Readonly<{
  inspect: InspectStatusId;
  sends: Pick<SendRepository, 'find'>;
  generations: Pick<GenerationRepository, 'findLossAfter'>;
  clock: Clock;
}>;

/** A send that was issued to the account. */
export type FoundSend = Readonly<{
  view: SendStatusView;
  acceptedAtMs: number;
  /** Null while nothing of it is recorded. */
  record: SendRecord | null;
  /** When Redis was found emptied, if this send, or one of its deliveries, still waited in it: it is lost. */
  lostAtMs?: number;
}>;

/**
 * Makes the look-up of a send by its statusId.
 *
 * An id that was never issued, or to another account, is `Fault('not_found')` without asking MongoDB, all alike (row
 * A04). One that was issued and is not recorded yet is PENDING since the time in the id. While MongoDB is away the
 * state is not known: `Fault('unavailable')`, rather than a PENDING that would be wrong for a send that is complete. One
 * that waited in a Redis that was emptied is COMPLETE, in words that HubSpot has: what became of it is not known, and
 * an event that comes later still counts.
 */
export function createSendLookup({ inspect, sends, generations, clock }: SendLookupDeps) {
  return async (accountId: number, statusId: string): Promise<FoundSend> => {
    const id = statusId.toLowerCase();
    const issued = StatusId.safeParse(id).success ? inspect(accountId, id) : ({ kind: 'unknown' } as const);
    if (issued.kind === 'unknown') throw new Fault('not_found', 'There is no send with this statusId.');

    const record = await sends.find(accountId, id);
    const requestedAt = new Date(issued.atMs).toISOString();
    const lossAtMs = await generations.findLossAfter(issued.atMs);
    const lost = isLost(record, lossAtMs, clock.nowMs()) ? { lostAtMs: lossAtMs } : {};
    const recorded = record?.view ?? { statusId: id, status: 'PENDING' };
    const view = 'lostAtMs' in lost && recorded.status !== 'COMPLETE' ? lostView(id) : recorded;
    return { view: { requestedAt, ...view }, acceptedAtMs: issued.atMs, record, ...lost };
  };
}
export type SendLookup = ReturnType<typeof createSendLookup>;
