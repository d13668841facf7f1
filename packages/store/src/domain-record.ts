import type { AccountId } from '@posthorn/contracts';

/** Where a DNS record, or a whole domain, stands. */
export type CheckState = 'pending' | 'verified' | 'failing';

/** A DKIM key of a domain, as far as it is public; the private half is in `dkimKeys` under the same selector. */
export type DomainKey = Readonly<{
  selector: string;
  algorithm: 'rsa-sha256' | 'ed25519-sha256';
  /** Value of its TXT record. */
  dnsValue: string;
  createdAtMs: number;
  /** `waiting`: not seen in DNS yet, does not sign. One key of each algorithm at most is `active`. `retired`: another took over. */
  state: 'waiting' | 'active' | 'retired';
  retiredAtMs?: number;
}>;

/** What the last check of one record saw. */
export type RecordCheck = Readonly<{
  state: CheckState;
  /** When it was last looked at with an answer from the DNS. */
  checkedAtMs?: number;
  message?: string;
  found?: readonly string[];
}>;

/** A sending domain of one account. Another account may have the same domain, with keys of its own. */
export type Domain = Readonly<{
  id: string;
  accountId: AccountId;
  /** Lower case, A-labels. */
  domain: string;
  returnPathHost: string;
  trackingHost: string;
  createdAtMs: number;
  keys: readonly DomainKey[];
  /** By record: the selector of a key, or the name of another record. What is absent was never checked. */
  checks: Readonly<Record<string, RecordCheck>>;
  state: CheckState;
  /** When it was first verified. */
  verifiedAtMs?: number;
  /** Of a failing domain: until when it goes on sending. */
  sendsUntilMs?: number;
  /** When a state of anything in it last changed, or it was made, or its keys were. */
  changedAtMs: number;
  checkedAtMs?: number;
  nextCheckAtMs: number;
  /** Raised by every change; a change names the one it was made from. */
  revision: number;
}>;

/** What a change may set. */
export type DomainChange = Pick<Domain, 'keys' | 'checks' | 'state' | 'changedAtMs' | 'nextCheckAtMs'> &
  Readonly<{ [Name in 'verifiedAtMs' | 'sendsUntilMs' | 'checkedAtMs']?: Domain[Name] | undefined }>;
