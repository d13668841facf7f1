import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '@posthorn/runtime';

/** A SOCKS5 server (RFC 1928) that only connects, for tests; disposing it drops every connection. */
export type SocksTestServer = AsyncDisposable &
  Readonly<{
    port: number;
    counts: Readonly<{ connected: number; refusedLogins: number }>;
  }>;

export type SocksTestServerOptions = Readonly<{
  /** What it connects from. */
  localAddress?: string;
  /** Asked for (RFC 1929); without it nobody has to say who he is. */
  login?: Readonly<{ username: string; password: string }>;
}>;

/** Starts a server on 127.0.0.1 and a free port. Where it cannot reach the target it answers "connection refused". */
export async function startSocksServer(options: SocksTestServerOptions = {}): Promise<SocksTestServer> {
  const sockets = new Set<Socket>();
  const counts = { connected: 0, refusedLogins: 0 };
  const server = createServer((client) => {
    sockets.add(client.on('close', () => sockets.delete(client)).on('error', () => undefined));
    serve(client, options, counts).catch(() => client.destroy());
  });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 });

  return {
    port: listening.port,
    counts,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
}

type Counts = { connected: number; refusedLogins: number };

async function serve(
  client: Socket,
  { localAddress, login }: SocksTestServerOptions,
  counts: Counts,
): Promise<void> {
  const [, methodCount = 0] = await read(client, 2);
  const methods = await read(client, methodCount);
  const method = login ? 2 : 0;
  if (!methods.includes(method)) return void client.end(Buffer.from([5, 0xff]));
  client.write(Buffer.from([5, method]));
  if (login && !(await isLogin(client, login))) {
    counts.refusedLogins += 1;
    return void client.end(Buffer.from([1, 1]));
  }
  if (login) client.write(Buffer.from([1, 0]));

  const target = connect({ ...(await readTarget(client)), ...(localAddress && { localAddress }) });
  client.on('close', () => target.destroy());
  target.on('error', () => client.destroyed || client.end(reply(5)));
  await once(target, 'connect');
  counts.connected += 1;
  client.write(reply(0));
  target.on('close', () => client.destroy());
  client.pipe(target).pipe(client);
}

async function isLogin(
  client: Socket,
  { username, password }: { username: string; password: string },
): Promise<boolean> {
  const [, nameLength = 0] = await read(client, 2);
  const name = (await read(client, nameLength)).toString();
  const [passwordLength = 0] = await read(client, 1);
  return name === username && (await read(client, passwordLength)).toString() === password;
}

async function readTarget(client: Socket): Promise<{ host: string; port: number }> {
  const [, , , kind] = await read(client, 4);
  const host = await readHost(client, kind ?? 0);
  return { host, port: (await read(client, 2)).readUInt16BE() };
}

async function readHost(client: Socket, kind: number): Promise<string> {
  if (kind === 1) return [...(await read(client, 4))].join('.');
  if (kind === 4) return (await read(client, 16)).toString('hex').replace(/(.{4})(?!$)/g, '$1:');
  const [length = 0] = await read(client, 1);
  return (await read(client, length)).toString();
}

function reply(code: number): Buffer {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

async function read(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const chunk: unknown = length === 0 ? Buffer.alloc(0) : socket.read(length);
    if (Buffer.isBuffer(chunk)) return chunk;
    await once(socket, 'readable');
  }
}
