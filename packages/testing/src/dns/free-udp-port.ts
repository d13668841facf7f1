import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A port of 127.0.0.1 that nobody uses over UDP just now. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  return port;
}
