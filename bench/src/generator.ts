import process from 'node:process';
import { benchValues } from './bench-email.ts';
import { createHttpSender, requestOf } from './http-sender.ts';

/** What the parent asks of this process: `count` sends by `senders` at once. */
export type GeneratorOrder = Readonly<{
  port: number;
  apiKey: string;
  emailId: number;
  count: number;
  senders: number;
  /** Rest between an answer and the same sender's next request. */
  pauseMs: number;
  /** Makes addresses of different runs differ. */
  run: string;
  /** Domains of the recipients, in turn; one of the bench's own without any. */
  domains?: readonly string[];
  /** What their local parts begin with; the sink may read a wish from it. */
  mailbox?: string;
}>;

/** `accepted` has, by `statusId`, when the request left and when its answer came, Unix time in milliseconds. */
export type GeneratorReport = Readonly<{
  accepted: [statusId: string, askedAtMs: number, answeredAtMs: number][];
  refused: Record<string, number>;
  cpuMs: number;
}>;

process.once('message', (order: GeneratorOrder) => void generate(order));

async function generate(order: GeneratorOrder): Promise<void> {
  const accepted: GeneratorReport['accepted'] = [];
  const refused: Record<string, number> = {};
  let next = 0;

  async function sendAll(): Promise<void> {
    using sender = createHttpSender(order.port);
    while (next < order.count) {
      const request = sendRequest(order, next++);
      const askedAtMs = nowMs();
      const { status, body } = await sender.ask(request);
      const answeredAtMs = nowMs();
      if (status === 200) accepted.push([JSON.parse(body).statusId, askedAtMs, answeredAtMs]);
      else refused[status] = (refused[status] ?? 0) + 1;
      if (order.pauseMs > 0) await new Promise((go) => setTimeout(go, order.pauseMs));
    }
  }

  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: order.senders }, sendAll));
  const { user, system } = process.cpuUsage(before);
  process.send?.({ accepted, refused, cpuMs: (user + system) / 1_000 } satisfies GeneratorReport, () =>
    process.exit(0),
  );
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function sendRequest(order: GeneratorOrder, index: number): Buffer {
  const { apiKey, emailId, run, domains = [], mailbox = 'customer-' } = order;
  const domain = domains[index % domains.length] ?? 'bench.example';
  const body = {
    emailId,
    message: { to: `${mailbox}${run}-${index}@${domain}` },
    ...benchValues(index),
  };
  const headers = `Authorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\n`;
  return requestOf('POST', '/marketing/v3/transactional/single-email/send', headers, JSON.stringify(body));
}
