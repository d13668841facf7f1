import type { ReturnItem } from '@posthorn/contracts';
import { type Keyring, readReturnPath } from '@posthorn/mail';

export type JudgedRecipient =
  | Readonly<{ kind: 'delivery'; delivery: NonNullable<ReturnItem['delivery']> }>
  | Readonly<{ kind: 'complaints' }>
  | Readonly<{ kind: 'postmaster' }>
  | Readonly<{ kind: 'expired' }>
  | Readonly<{ kind: 'unknown' }>;

export type JudgeOptions = Readonly<{
  keyring: Keyring;
  /** Addresses that complaints are sent to, in lower case. */
  complaintAddresses: readonly string[];
  /** How long a return path is good for, in days: longer than any server tries. */
  returnPathDaysMax: number;
}>;

/**
 * Says what an address is that mail is offered for. The signature alone decides, in constant time (row B01), whatever
 * the host: each sending domain has a return-path host of its own, and nothing is ever passed on. The postmaster's address
 * is taken for each of them, and without one (RFC 5321, section 4.5.1).
 */
export function createJudgeRecipient({ keyring, complaintAddresses, returnPathDaysMax }: JudgeOptions) {
  return (address: string, nowMs: number): JudgedRecipient => {
    if (complaintAddresses.includes(address.toLowerCase())) return { kind: 'complaints' };
    const at = address.lastIndexOf('@');
    const localPart = at < 1 ? '' : address.slice(0, at);
    if ((localPart || address).toLowerCase() === 'postmaster') return { kind: 'postmaster' };
    const path = readReturnPath(keyring, localPart, { nowMs, maxAgeDays: returnPathDaysMax });
    if (path.kind === 'expired') return path;
    if (path.kind === 'invalid') return { kind: 'unknown' };
    const { statusId, accountId, deliveryIndex } = path;
    return { kind: 'delivery', delivery: { statusId, accountId, deliveryIndex } };
  };
}
export type JudgeRecipient = ReturnType<typeof createJudgeRecipient>;

/** Whether mail for it is taken. */
export function isTaken({ kind }: JudgedRecipient): boolean {
  return kind === 'delivery' || kind === 'complaints' || kind === 'postmaster';
}
