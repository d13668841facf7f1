import { connect } from 'node:net';

const probeTimeoutMs = 1_000;

/**
 * Sends one command to the Redis on 127.0.0.1 and returns the first chunk of its reply, or null where nobody answers.
 *
 * Speaks the inline form of the protocol, so it needs no client: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export async function probeRedis(port: number, command: string): Promise<string | null> {
  const reply = Promise.withResolvers<string | null>();
  const socket = connect({ host: '127.0.0.1', port, timeout: probeTimeoutMs });
  socket.once('data', (chunk) => reply.resolve(String(chunk)));
  for (const end of ['error', 'timeout', 'close']) socket.once(end, () => reply.resolve(null));
  socket.write(`${command}\r\n`);
  try {
    return await reply.promise;
  } finally {
    socket.destroy();
  }
}

/** The folder in which the Redis on `port` keeps its data, or null where none answers. */
export async function redisFolder(port: number): Promise<string | null> {
  const reply = await probeRedis(port, 'CONFIG GET dir');
  return reply?.split('\r\n').at(-2) ?? null;
}

/** How far the Redis on `port` has loaded its data, for people to read; undefined where it does not load any. */
export async function redisLoading(port: number): Promise<string | undefined> {
  const info = await probeRedis(port, 'INFO persistence');
  if (!info?.includes('loading:1')) return undefined;
  const percent = Number(/loading_loaded_perc:([\d.]+)/.exec(info)?.[1] ?? 0);
  return `loading its data: ${percent.toFixed(0)} %`;
}
