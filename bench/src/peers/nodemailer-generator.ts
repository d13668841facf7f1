import process from 'node:process';
import { createTransport } from 'nodemailer';
import type { SendReport } from './contender.ts';
import { peerMessage } from './peer-message.ts';

/** What the parent asks of this process, once for each turn; it stays until it is ended. */
export type NodemailerOrder = Readonly<{
  port: number;
  count: number;
  connections: number;
  run: string;
  dkim?: Readonly<{ domainName: string; keySelector: string; privateKey: string }>;
}>;

process.on('message', (order: NodemailerOrder) => void send(order));

async function send({ port, count, connections, run, dkim }: NodemailerOrder): Promise<void> {
  const transport = createTransport({
    ...{ pool: true, host: '127.0.0.1', port, ignoreTLS: true },
    ...{ maxConnections: connections, maxMessages: Number.POSITIVE_INFINITY },
    ...(dkim && { dkim }),
  });
  const accepted: [string, number, number][] = [];
  const refused: Record<string, number> = {};
  let next = 0;

  async function sendAll(): Promise<void> {
    while (next < count) {
      const id = `${run}-${next++}`;
      const to = `customer-${id}@bench.example`;
      const askedAtMs = nowMs();
      await transport
        .sendMail({ envelope: { from: 'orders@shop.example', to }, raw: peerMessage(id, to) })
        .then(
          () => accepted.push([id, askedAtMs, nowMs()]),
          ({ responseCode = 'no reply' }) => {
            refused[responseCode] = (refused[responseCode] ?? 0) + 1;
          },
        );
    }
  }

  await Promise.all(Array.from({ length: connections }, sendAll));
  transport.close();
  process.send?.({ accepted, refused } satisfies SendReport);
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
