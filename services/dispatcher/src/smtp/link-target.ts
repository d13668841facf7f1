import type { Socket } from 'node:net';
import type { AttemptTls } from '@posthorn/contracts';
import type { TlsaRecord } from './dane.ts';
import type { SocksServer } from './dial-socks.ts';
import type { Transcript } from './transcript.ts';

/** Who demands TLS of a host: its domain by MTA-STS, itself by DANE, the operator, or nobody. */
export type TlsPolicy = AttemptTls['policy'];

/** What one connection is made to, from what and how. */
export type LinkTarget = Readonly<{
  /** The name that TLS speaks to. */
  host: string;
  /** Dialled in place of the name. */
  address?: string | undefined;
  port: number;
  /** Source address; the system chooses without one. */
  ip?: string | undefined;
  /** The server that has the source address; without one it is bound here. */
  socks5?: SocksServer | undefined;
  ehloName: string;
  /** `opportunistic`: without verification, as every MX does it; `required`: verified; `implicit`: from the first byte. */
  tls: 'off' | 'opportunistic' | 'required' | 'implicit';
  policy: TlsPolicy;
  /** What the certificate must match in place of being vouched for; any will do where there is none. */
  tlsa?: readonly TlsaRecord[];
  login?: Readonly<{ user: string; pass: string }> | undefined;
  /** Of the attempt that opens the connection. */
  transcript?: Transcript | undefined;
  /** Told of each socket that was opened. */
  watch?: ((socket: Socket) => void) | undefined;
}>;
