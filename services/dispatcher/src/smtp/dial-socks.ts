import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SocksClient } from 'socks';
import { connectTo } from './connect-to.ts';
import { SourceGone } from './source-gone.ts';

/** A SOCKS5 server (RFC 1928), with a user's name and password (RFC 1929) or none. */
export type SocksServer = Readonly<{ host: string; port: number; username?: string; password?: string }>;

export type SocksTarget = Readonly<{ socks5: SocksServer; address: string; port: number }>;

/**
 * Opens a connection from where a SOCKS5 server is. Throws `SourceGone` when it is the server that fails, an error with the
 * code `ECONNREFUSED` when the server could not reach the target, and else as `dial` does.
 */
export async function dialSocks(
  { socks5, address, port }: SocksTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port: socksPort, username, password } = socks5;
  const beganAtMs = performance.now();
  const toServer = await connectTo({ host, port: socksPort }, timeoutMs, signal).catch((error: unknown) => {
    throw signal.aborted ? error : new SourceGone('the SOCKS5 server takes no connection', error);
  });
  const stop = () => toServer.destroy();
  signal.addEventListener('abort', stop);
  try {
    const proxy = {
      ...{ host, port: socksPort, type: 5 as const },
      ...(username !== undefined && { userId: username, password: password ?? '' }),
    };
    const { socket } = await SocksClient.createConnection({
      ...{ command: 'connect' as const, proxy, destination: { host: address, port } },
      existing_socket: toServer,
      timeout: Math.max(1, timeoutMs - (performance.now() - beganAtMs)),
    });
    return await quieted(socket);
  } catch (error) {
    toServer.on('error', () => undefined).destroy();
    throw signal.aborted ? Object.assign(new Error('stopped'), { code: 'ABORT_ERR' }) : failureOf(error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * The library lets the connection flow as soon as it stands, when nobody listens yet: what the target says first (the banner)
 * would be lost. So it is kept and put back for whoever listens next. Library edge: socks 2.
 */
async function quieted(socket: Socket): Promise<Socket> {
  const early: Buffer[] = [];
  const keep = (chunk: Buffer) => early.push(chunk);
  socket.on('data', keep);
  await nextTurn();
  socket.pause().off('data', keep);
  if (early.length > 0) socket.unshift(Buffer.concat(early));
  socket.setNoDelay(true);
  return socket;
}

/** A server that answers "rejected" works, and could not reach the target. */
function failureOf(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('proxy rejected connection')) {
    return Object.assign(new Error(message, { cause: error }), { code: 'ECONNREFUSED' });
  }
  if (message.includes('timed out')) {
    return Object.assign(new Error(message, { cause: error }), { code: 'ETIMEDOUT' });
  }
  return new SourceGone('the SOCKS5 server cannot be used', error);
}
