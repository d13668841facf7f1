import { connect, type Socket } from 'node:net';
import { SourceGone } from './source-gone.ts';

type ConnectTo = Readonly<{ host: string; port: number; localAddress?: string }>;

/** One TCP connection; throws as `dial` does. */
export async function connectTo(to: ConnectTo, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ ...to, noDelay: true });
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
    throw isOfBind(error) ? new SourceGone('the source address cannot be bound', error) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    socket.off('connect', resolve).off('error', reject);
  }
}

/** Whatever kept the source address from being bound (row F54); a port that is out of use says so at `connect`. */
function isOfBind(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'bind';
}

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}
