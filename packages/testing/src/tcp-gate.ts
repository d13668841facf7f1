import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay in front of a real server, to take that server away and give it back. */
export type TcpGate = AsyncDisposable & {
  port: number;
  /** Ends all connections and refuses new ones. */
  shut: () => void;
  /** Holds all bytes back, in both directions, as a stopped process does; new connections are taken but say nothing. */
  freeze: () => void;
  /** Undoes `shut` and `freeze`. */
  open: () => void;
};

/** Starts a relay on a free port of 127.0.0.1 to `port`. */
export async function startTcpGate({
  port,
  host = '127.0.0.1',
}: {
  port: number;
  host?: string;
}): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'shut' | 'frozen' = 'open';

  const server = createServer((inward) => {
    if (state === 'shut') return void inward.destroy();
    const outward = connect({ port, host });
    for (const [from, to] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => undefined);
      from.on('close', () => sockets.delete(from) && to.destroy());
      if (state === 'frozen') from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();

  return {
    port: typeof address === 'object' && address ? address.port : 0,
    shut: () => {
      state = 'shut';
      for (const socket of sockets) socket.destroy();
    },
    freeze: () => {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    open: () => {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
