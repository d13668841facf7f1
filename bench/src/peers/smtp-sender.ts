import { connect, type Socket } from 'node:net';

export type SmtpLogin = Readonly<{ user: string; password: string }>;

/** One kept SMTP connection that sends finished messages, cheap enough not to be what is measured. */
export type SmtpSender = Disposable & {
  /** Resolves with the reply that decided: the one to the final dot, or the first refusal. Rejects when the peer is gone. */
  send: (envelope: { from: string; to: string }, message: Buffer) => Promise<string>;
};

/** Connects to `port` on loopback, says EHLO, and logs in where `login` is given (RFC 4954, PLAIN). */
export async function connectSmtp(port: number, login: SmtpLogin | undefined): Promise<SmtpSender> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const replies = readReplies(socket);
  const must = async (code: string) => {
    const reply = await replies.next();
    if (!reply.startsWith(code)) throw new Error(`The server answered ${reply}`);
  };

  await must('220');
  socket.write('EHLO generator.example\r\n');
  await must('250');
  if (login) {
    const secret = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
    socket.write(`AUTH PLAIN ${secret}\r\n`);
    await must('235');
  }

  return {
    async send({ from, to }, message) {
      // One packet for the envelope, as every server here announces PIPELINING (RFC 2920).
      socket.write(`MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
      const answers = [await replies.next(), await replies.next(), await replies.next()];
      const refusal = answers.find((reply) => /^[45]/.test(reply));
      if (!refusal) {
        socket.cork();
        socket.write(message);
        socket.write('.\r\n');
        socket.uncork();
        return replies.next();
      }
      socket.write('RSET\r\n');
      await replies.next();
      return refusal;
    },
    [Symbol.dispose]: () => socket.end('QUIT\r\n'),
  };
}

/** Replies in their order; of one with several lines, the last. */
function readReplies(socket: Socket): { next: () => Promise<string> } {
  const ready: string[] = [];
  const waiting: PromiseWithResolvers<string>[] = [];
  let text = '';
  let ended: Error | undefined;

  socket.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString('latin1')).split('\r\n');
    text = lines.pop() ?? '';
    for (const line of lines.filter((line) => line[3] !== '-')) {
      const asked = waiting.shift();
      if (asked) asked.resolve(line);
      else ready.push(line);
    }
  });
  for (const event of ['close', 'error'] as const) {
    socket.on(event, () => {
      ended ??= new Error('The connection ended before the reply');
      for (const { reject } of waiting.splice(0)) reject(ended);
    });
  }

  return {
    next() {
      const reply = ready.shift();
      if (reply !== undefined) return Promise.resolve(reply);
      if (ended) return Promise.reject(ended);
      const asked = Promise.withResolvers<string>();
      waiting.push(asked);
      return asked.promise;
    },
  };
}
