import type { PoolName } from '@posthorn/contracts';

/** Mail leaves by an address only while it is `warming` or `active`. */
export type IpState = 'checking' | 'warming' | 'active' | 'paused' | 'draining';

/** What the last look at one condition of an address saw. */
export type IpCheck = Readonly<{
  /** `pending`: never answered yet. */
  state: 'pending' | 'passed' | 'failing';
  /** When it was last looked at with an answer. */
  checkedAtMs?: number;
  message?: string;
  /** What was found, for example the blocklists that name the address. */
  found?: readonly string[];
}>;

/** A SOCKS5 server (RFC 1928) on the host where the address lives. Its credentials (RFC 1929) are sealed where they are kept. */
export type Socks5 = Readonly<{
  host: string;
  port: number;
  username?: string;
  password?: string;
  /** It has credentials that this process cannot open, having no seal or one of another POSTHORN_SECRET: do not use the server. */
  isLocked?: boolean;
}>;

/** An address that mail may leave from. It belongs to the installation, not to an account. */
export type SendingIp = Readonly<{
  id: string;
  /** Normalised text: `192.0.2.1`, `2001:db8::1`. No other has the same. */
  address: string;
  /** What is said in EHLO, and what its PTR record names; lower case. */
  ehloName: string;
  pool: PoolName;
  state: IpState;
  /** Why it is in that state, for people. */
  stateReason?: string;
  /** Only of one that a blocklist drained: what it is again when it is clean. */
  drainedFrom?: 'warming' | 'active';
  socks5?: Socks5;
  /** `skip`: it was warm when it came. */
  warmup: 'plan' | 'skip';
  /** By the name of the check; what is absent was never looked at. */
  checks: Readonly<Record<string, IpCheck>>;
  createdAtMs: number;
  updatedAtMs: number;
  nextCheckAtMs: number;
  /** Raised by every change; a change names the one it was made from. */
  revision: number;
}>;

/** What a change may set; what it leaves out stays, and undefined takes an optional field away. */
export type SendingIpChange = Partial<
  Pick<SendingIp, 'ehloName' | 'pool' | 'state' | 'warmup' | 'checks' | 'updatedAtMs' | 'nextCheckAtMs'>
> &
  Readonly<{ [Name in 'stateReason' | 'drainedFrom' | 'socks5']?: SendingIp[Name] | undefined }>;
