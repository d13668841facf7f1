import { createServer, type Server, type Socket } from 'node:net';

/** Serves one client until it leaves; never rejects. */
export type Serve = (socket: Socket, connectionId: number) => Promise<void>;

/** Listens on 127.0.0.1. Disposing ends all connections and waits for what they were doing. Throws where the port is taken. */
export async function listen(port: number, serve: Serve): Promise<AsyncDisposable & { port: number }> {
  const connections = new Map<Socket, Promise<void>>();
  let lastId = 0;
  const server = createServer((socket) => {
    const served = serve(socket, ++lastId).finally(() => connections.delete(socket));
    connections.set(socket, served);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections.keys()) socket.destroy();
      await Promise.all([...connections.values(), closed]);
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
