import { once } from 'node:events';
import type { Server } from 'node:net';
import { Fault } from './fault.ts';

/** A server that listens; disposing it closes it once the answers under way are written. */
export type Listening = AsyncDisposable & { port: number };

/** How soon a kept connection is ended once its last answer is written. */
const sweepMs = 20;

type Closable = Server & { closeIdleConnections?: () => void };

export type ListenOptions = Readonly<{
  host: string;
  port: number;
  /** Several processes that say so share the port, and the system gives each connection to one of them. Not on macOS. */
  reusePort?: boolean;
}>;

/**
 * Makes `server` listen and returns where.
 *
 * Throws a `misconfigured` Fault that names the port when it is taken or may not be used.
 */
export async function listen(
  server: Closable,
  { host, port, reusePort = false }: ListenOptions,
): Promise<Listening> {
  server.listen({ host, port, reusePort });
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
  // Node ends connections that are idle when the server closes, but keeps one that becomes idle afterwards.
  const sweep = setInterval(() => server.closeIdleConnections?.(), sweepMs);
  await closed;
  clearInterval(sweep);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'another program uses it';
  if (code === 'ENOTSUP') return 'this system cannot share it between processes';
  if (code === 'EACCES') return 'this user may not listen there';
  return String(code ?? error);
}
