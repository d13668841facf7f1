import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// The folder's own index, not the package's: a test of the queue must not load the whole of packages/local.
import { type RedisServer, type RedisServerOptions, startRedis } from '@posthorn/local/redis';

export type TestRedis = RedisServer & {
  /** Starts it again on the same port and folder, after `kill`. */
  restart: () => Promise<void>;
};

/**
 * A real Redis for one test, with the settings Posthorn demands, on any free port and in a folder of its own.
 *
 * Disposing it stops it and removes the folder.
 */
export async function withTestRedis(
  options: Pick<RedisServerOptions, 'maxmemory' | 'settings'> = {},
): Promise<TestRedis> {
  const home = await mkdtemp(join(tmpdir(), 'posthorn-redis-'));
  let server = await startRedis({ port: 0, home, ...options });
  const { port, url } = server;

  return {
    url,
    port,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    restart: async () => {
      server = await startRedis({ port, home, ...options });
    },
    [Symbol.asyncDispose]: async () => {
      await server.kill();
      await rm(home, { recursive: true, force: true });
    },
  };
}
