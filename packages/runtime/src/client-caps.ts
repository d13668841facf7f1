import type { Socket } from 'node:net';

/** Counts connections, so that one client cannot take the place of all (rows S17, F34). */
export type ClientCaps = Readonly<{
  /** Gives what takes the connection out of the count again, or undefined where there is no room for it. */
  admit: (address: string) => (() => void) | undefined;
}>;

/** Limits for all clients together and for each address; an IPv6 client is its /64. */
export function createClientCaps({ max, perClientMax }: { max: number; perClientMax: number }): ClientCaps {
  const counts = new Map<string, number>();
  let total = 0;

  return {
    admit(address) {
      const client = clientOf(address);
      const count = counts.get(client) ?? 0;
      if (total >= max || count >= perClientMax) return undefined;
      total += 1;
      counts.set(client, count + 1);
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        total -= 1;
        const left = (counts.get(client) ?? 1) - 1;
        if (left > 0) counts.set(client, left);
        else counts.delete(client);
      };
    },
  };
}

/** How long a client that is refused at once may take to read why. */
const refusedMs = 1_000;

/**
 * Counts a connection until it is closed. Where there is no room for it `refusal` is written, if there is one, and the
 * connection ends: before a TLS handshake nothing can be said.
 */
export function admitSocket(caps: ClientCaps, socket: Socket, refusal?: string): boolean {
  const release = caps.admit(socket.remoteAddress ?? '');
  if (release) socket.once('close', release);
  else refuse(socket, refusal);
  return release !== undefined;
}

function refuse(socket: Socket, refusal: string | undefined): void {
  socket.on('error', () => {});
  if (refusal === undefined) return void socket.destroy();
  socket.end(refusal);
  socket.setTimeout(refusedMs, () => socket.destroy());
}

/** Who is behind an address: an IPv4 address is one client, of IPv6 a /64, which is what a customer is given. */
export function clientOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? [];
  const front = head.split(':').filter((group) => group !== '');
  const back = (tail ?? '').split(':').filter((group) => group !== '');
  const gap = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  return `${[...front, ...gap, ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
