import type { Socket } from 'node:net';
import { connectTo } from './connect-to.ts';
import { dialSocks, type SocksServer } from './dial-socks.ts';

export type DialTarget = Readonly<{
  host: string;
  /** Dialled in place of the name, which is then not resolved. */
  address?: string | undefined;
  port: number;
  /** Source address; the system chooses without one. */
  ip?: string | undefined;
  /** The server that has the source address; without one it is bound here. */
  socks5?: SocksServer | undefined;
}>;

/**
 * Opens a TCP connection, to `address` or else to whichever address of the host answers; throws the system's error, or one with the code
 * `ETIMEDOUT` past `timeoutMs` and `ABORT_ERR` when `signal` aborts, and `SourceGone` where the source address is what is missing.
 *
 * It is apart from the SMTP client so that what is dialled is the address that was looked at and found fit (row F41).
 */
export async function dial(target: DialTarget, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const { host, address = host, port, ip, socks5 } = target;
  if (socks5) return await dialSocks({ socks5, address, port }, timeoutMs, signal);
  return await connectTo({ host: address, port, ...(ip && { localAddress: ip }) }, timeoutMs, signal);
}
