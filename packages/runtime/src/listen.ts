import { once } from 'node:events';
import type { Server } from 'node:net';
import { Fault } from './fault.ts';

/** A server that listens; disposing it closes it once the answers under way are written. */
export type Listening = AsyncDisposable & { port: number };

type Closable = Server & { closeIdleConnections?: () => void };

/**
 * Makes `server` listen and returns where.
 *
 * Throws a `misconfigured` Fault that names the port when it is taken or may not be used.
 */
export async function listen(
  server: Closable,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Fault('misconfigured', `Port ${port} on ${host} cannot be used: ${reasonOf(cause)}.`, {
      cause,
    });
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    [Symbol.asyncDispose]: () => close(server),
  };
}

async function close(server: Closable): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections?.();
  await closed;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'another program uses it';
  if (code === 'EACCES') return 'this user may not listen there';
  return String(code ?? error);
}
