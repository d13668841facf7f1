import { connect, createServer, type Socket } from 'node:net';
import { listen } from '@posthorn/runtime';
import { relay } from './relay.ts';
import type { Stream, Toxic } from './toxic.ts';

/** A TCP proxy that does to its connections what networks do. */
export type FaultProxy = AsyncDisposable & {
  port: number;
  /** Connections that are open now. */
  readonly openConnections: number;
  /** Adds a toxic to connections that are open and to those that come; disposing what it returns takes it away. */
  poison(stream: Stream, toxic: Toxic): Disposable;
  /** `false` is toxiproxy's `down`: closes all connections and refuses new ones. */
  enable(isEnabled: boolean): void;
};

/** Starts a proxy on a free port of 127.0.0.1 to `port` of `host`. Without toxics it passes on what comes, at once. */
export async function startFaultProxy({
  port,
  host = '127.0.0.1',
}: {
  port: number;
  host?: string;
}): Promise<FaultProxy> {
  const toxics = { upstream: new Set<Toxic>(), downstream: new Set<Toxic>() };
  const pairs = new Set<readonly [Socket, Socket]>();
  let isEnabled = true;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (!isEnabled) return void client.destroy();
    const upstream = connect({ port, host, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const drop = () => {
      for (const socket of pair) socket.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) {
      socket.on('error', drop);
      // One that ended in order may be closed while what it said is still held back.
      socket.on('close', () => {
        if (!socket.readableEnded || pair.every(({ closed }) => closed)) drop();
      });
    }
    relay(client, upstream, toxics.upstream);
    relay(upstream, client, toxics.downstream);
  });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 });

  function dropAll(): void {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  }

  return {
    port: listening.port,
    get openConnections() {
      return pairs.size;
    },
    poison(stream, toxic) {
      toxics[stream].add(toxic);
      return { [Symbol.dispose]: () => void toxics[stream].delete(toxic) };
    },
    enable(enabled) {
      isEnabled = enabled;
      if (!enabled) dropAll();
    },
    async [Symbol.asyncDispose]() {
      dropAll();
      await listening[Symbol.asyncDispose]();
    },
  };
}
