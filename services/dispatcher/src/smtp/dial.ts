import { connect, type Socket } from 'node:net';

export type DialTarget = Readonly<{
  host: string;
  port: number;
  /** Source address; the system chooses without one. */
  ip?: string | undefined;
}>;

/**
 * Opens a TCP connection, trying every address of the host; throws the system's error, or one with the code
 * `ETIMEDOUT` past `timeoutMs` and `ABORT_ERR` when `signal` aborts.
 *
 * It is apart from the SMTP client so that the address dialled can be seen, and refused, here (row F41).
 */
export async function dial(
  { host, port, ip }: DialTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host, port, ...(ip && { localAddress: ip }), noDelay: true });
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
