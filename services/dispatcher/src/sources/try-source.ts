import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Source } from './source.ts';

const timeoutMs = 3_000;

/** Whether connections could be made from a source now: the address can be bound here, or its server answers. Never rejects. */
export async function trySource({ address, socks5 }: Source): Promise<boolean> {
  return socks5 ? await canConnect(socks5.host, socks5.port) : await canBind(address);
}

async function canBind(address: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: address, port: 0, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
