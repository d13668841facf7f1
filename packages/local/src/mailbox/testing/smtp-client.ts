import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** A bare SMTP client for tests: what it sends is what goes over the wire. */
export type SmtpClient = Disposable & {
  socket: Socket;
  /** Sends bytes as they are, and waits for `replies` whole replies (one unless told). */
  say: (bytes: string | Buffer, replies?: number) => Promise<string[]>;
  /** MAIL, one RCPT for each recipient, DATA, then `data` with the final dot as given. Returns the last reply. */
  deliver: (rcptTo: readonly string[], data: string | Buffer, mailFrom?: string) => Promise<string>;
};

/** Connects, and greets with EHLO. */
export async function connectSmtp(port: number): Promise<SmtpClient> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  await once(socket, 'connect');

  async function reply(): Promise<string> {
    let whole = '';
    for (;;) {
      const line = await lines.next();
      if (line.done) throw new Error(`the server closed the connection after: ${whole}`);
      whole += `${line.value}\n`;
      if (line.value[3] !== '-') return whole.trimEnd();
    }
  }

  async function say(bytes: string | Buffer, replies = 1): Promise<string[]> {
    socket.write(bytes);
    const all: string[] = [];
    while (all.length < replies) all.push(await reply());
    return all;
  }

  await reply();
  await say('EHLO test.example\r\n');
  return {
    socket,
    say,
    async deliver(rcptTo, data, mailFrom = 'sender@example.com') {
      const commands = [`MAIL FROM:<${mailFrom}>`, ...rcptTo.map((to) => `RCPT TO:<${to}>`), 'DATA'];
      await say(`${commands.join('\r\n')}\r\n`, commands.length);
      return (await say(data)).at(-1) ?? '';
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** A small message, with its final dot. */
export function smallMessage(subject: string, body = 'Hello.', headers: readonly string[] = []): string {
  const lines = [
    'From: Shop <shop@example.com>',
    'To: Ann <ann@example.com>',
    `Subject: ${subject}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}\r\n.\r\n`;
}
