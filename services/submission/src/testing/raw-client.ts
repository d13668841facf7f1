import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An SMTP client that sends any bytes, and hears every reply. */
export type RawClient = AsyncDisposable & {
  greeting: string;
  /** Sends a line and gives its reply. */
  say: (line: string) => Promise<string>;
  write: (bytes: string | Buffer) => void;
  /** The next reply, all its lines; empty once the server has closed. */
  read: () => Promise<string>;
  /** Everything until the server closes. */
  rest: () => Promise<string>;
  /** Makes the TLS handshake, after a reply to STARTTLS. */
  upgrade: () => Promise<void>;
  login: (userName: string, password: string) => Promise<string>;
};

export type RawOptions = Readonly<{ isTls?: boolean; localAddress?: string; waitsForGreeting?: boolean }>;

/** Connects and reads the greeting. */
export async function connectRaw(port: number, options: RawOptions = {}): Promise<RawClient> {
  const { isTls = false, localAddress, waitsForGreeting = true } = options;
  const plain = connect({ host: '127.0.0.1', port, ...(localAddress && { localAddress }) });
  await once(plain, 'connect');
  let socket: Socket = plain;
  let reader = createReader(plain);

  async function upgrade(): Promise<void> {
    plain.removeAllListeners('data');
    const secure = connectTls({ socket: plain, rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    socket = secure;
    reader = createReader(secure);
  }
  if (isTls) await upgrade();
  const greeting = waitsForGreeting ? await reader.reply() : '';
  const say = (line: string) => {
    socket.write(`${line}\r\n`, 'latin1');
    return reader.reply();
  };
  return {
    ...{ greeting, say, upgrade },
    write: (bytes) => void socket.write(bytes, 'latin1'),
    read: () => reader.reply(),
    rest: () => reader.rest(),
    login: (userName, password) =>
      say(`AUTH PLAIN ${Buffer.from(`\0${userName}\0${password}`).toString('base64')}`),
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      plain.destroy();
    },
  };
}

function createReader(socket: Socket) {
  let buffer = '';
  let isClosed = false;
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    buffer += chunk.toString('latin1');
    wake();
  });
  for (const event of ['end', 'close', 'error'] as const)
    socket.on(event, () => {
      isClosed = true;
      wake();
    });

  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  return {
    async reply(): Promise<string> {
      for (;;) {
        const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(buffer)?.[0];
        if (whole !== undefined) {
          buffer = buffer.slice(whole.length);
          return whole.trimEnd();
        }
        if (isClosed) return buffer;
        await more();
      }
    },
    async rest(): Promise<string> {
      while (!isClosed) await more();
      return buffer;
    },
  };
}
