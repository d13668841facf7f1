import { AccountId, type ReturnItem } from '@posthorn/contracts';
import { inspectStatusId, type Keyring, readReturnPath } from '@posthorn/mail';
import type { Complaint } from './parse/report.ts';

/** What our own signature says a message is about; without an index it may be any recipient of the send. */
export type SignedSubject = Readonly<{ statusId: string; accountId: number; deliveryIndex?: number }>;

/** Finds in a complaint what we signed (row B04): a return path, else the ids in our own headers. */
export function createSignedSubject({
  keyring,
  complaintDaysMax,
}: {
  keyring: Keyring;
  /** How old the mail may be that somebody complains about, in days. */
  complaintDaysMax: number;
}) {
  return (complaint: Complaint, { receivedAtMs: nowMs }: ReturnItem): SignedSubject | undefined => {
    for (const address of complaint.returnPaths) {
      const localPart = address.slice(0, address.lastIndexOf('@'));
      const path = readReturnPath(keyring, localPart, { nowMs, maxAgeDays: complaintDaysMax });
      if (path.kind === 'valid') return path;
    }
    return complaint.messages.find(({ statusId, accountId }) => {
      if (!AccountId.safeParse(accountId).success) return false;
      const inspected = inspectStatusId(keyring, accountId, statusId);
      return inspected.kind === 'issued' && nowMs - inspected.atMs <= complaintDaysMax * dayMs;
    });
  };
}
export type FindSignedSubject = ReturnType<typeof createSignedSubject>;

const dayMs = 86_400_000;
