import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** For tests: a relay to Redis that can swallow what Redis answers next and cut the connection there, or fall silent. */
export async function deafRelay(port: number) {
  let isDeaf = false;
  let isSilent = false;
  let lost = 0;
  const server = createServer((inward) => {
    const outward = connect({ port, host: '127.0.0.1' });
    inward.pipe(outward);
    outward.on('data', (chunk) => {
      if (isSilent) return;
      if (!isDeaf) return inward.write(chunk);
      isDeaf = false;
      lost += 1;
      inward.destroy();
      return outward.destroy();
    });
    for (const [socket, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    loseNextAnswer: () => {
      isDeaf = true;
    },
    /** From now on nothing comes through, and no connection ends. */
    goSilent: () => {
      isSilent = true;
    },
    lost: () => lost,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
