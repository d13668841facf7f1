import { connect, type Socket } from 'node:net';

export type DialTarget = Readonly<{
  host: string;
  /** Dialled in place of the name, which is then not resolved. */
  address?: string | undefined;
  port: number;
  /** Source address; the system chooses without one. */
  ip?: string | undefined;
}>;

/**
 * Opens a TCP connection, to `address` or else to whichever address of the host answers; throws the system's error, or one with the code
 * `ETIMEDOUT` past `timeoutMs` and `ABORT_ERR` when `signal` aborts.
 *
 * It is apart from the SMTP client so that what is dialled is the address that was looked at and found fit (row F41).
 */
export async function dial(
  { host, address = host, port, ip }: DialTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: address, port, ...(ip && { localAddress: ip }), noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(timeoutError(timeoutMs)), timeoutMs);
  const stop = () => reject(Object.assign(new Error('stopped'), { code: 'ABORT_ERR' }));
  signal.addEventListener('abort', stop);
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    socket.off('connect', resolve).off('error', reject);
  }
}

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}
