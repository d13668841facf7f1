import process from 'node:process';
import type { SendReport } from './contender.ts';
import { peerMessage } from './peer-message.ts';
import { connectSmtp, type SmtpLogin } from './smtp-sender.ts';

/**
 * Sends finished messages over SMTP to whichever contender takes them.
 *
 * Our own and not Postfix's smtp-source: that cannot log in, so it could not send to every contender alike, and says
 * nothing of when which message was answered. It keeps its connections and pipelines, and costs no more.
 */
export type SmtpOrder = Readonly<{
  port: number;
  count: number;
  connections: number;
  /** Makes the messages of different turns differ. */
  run: string;
  login?: SmtpLogin;
}>;

process.once('message', (order: SmtpOrder) => void generate(order));

async function generate({ port, count, connections, run, login }: SmtpOrder): Promise<void> {
  const accepted: [string, number, number][] = [];
  const refused: Record<string, number> = {};
  let next = 0;

  async function sendAll(): Promise<void> {
    using sender = await connectSmtp(port, login);
    while (next < count) {
      const id = `${run}-${next++}`;
      const to = `customer-${id}@bench.example`;
      const message = peerMessage(id, to);
      const askedAtMs = nowMs();
      const reply = await sender.send({ from: 'orders@shop.example', to }, message);
      if (reply.startsWith('250')) accepted.push([id, askedAtMs, nowMs()]);
      else refused[reply.slice(0, 3)] = (refused[reply.slice(0, 3)] ?? 0) + 1;
    }
  }

  await Promise.all(Array.from({ length: connections }, sendAll));
  process.send?.({ accepted, refused } satisfies SendReport, () => process.exit(0));
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
