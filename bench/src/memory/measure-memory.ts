import { randomBytes } from 'node:crypto';
import nodemailer from 'nodemailer';
import { type BenchSystem, startBenchSystem } from '../bench-system.ts';
import { tableOf } from '../statistics.ts';
import { until } from '../whole-path.ts';
import { type Peaks, watchMemory } from './resident-memory.ts';

export type MemoryLoad = Readonly<{ messages: number; attachmentBytes: number; clients: number }>;

export type MemoryResult = MemoryLoad &
  Readonly<{
    accepted: number;
    arrived: number;
    acceptedSeconds: number;
    arrivedSeconds: number;
    /** The most memory of each process, in MiB, by quarters of what was accepted. */
    quarters: readonly Peaks[];
  }>;

/** The loads of the promise: many small messages, and large ones near the limit of 30 MB. */
export const memoryLoads: readonly MemoryLoad[] = [
  { messages: 10_000, attachmentBytes: 6_600, clients: 32 },
  { messages: 200, attachmentBytes: 15_000_000, clients: 4 },
];

const watched = ['submission', 'renderer', 'dispatcher', 'tracking', 'redis', 'mongodb'];
const drainTimeoutMs = 10 * 60_000;

/** Sends finished messages with an attachment through a whole system, and watches what its processes hold of them. */
export async function measureMemory(load: MemoryLoad, firstPort: number): Promise<MemoryResult> {
  await using system = await startBenchSystem(firstPort);
  const arrivedCount = () => system.sink.ask<number>('count');
  const before = await arrivedCount();
  const pids = Object.fromEntries(
    Object.entries(system.instance.pids).filter(([name]) => watched.includes(name)),
  );
  let answered = 0;
  using memory = watchMemory(pids, () => Math.min(3, Math.floor((4 * answered) / load.messages)));

  const startedAtMs = performance.now();
  const accepted = await send(system, load, () => {
    answered += 1;
  });
  const acceptedSeconds = (performance.now() - startedAtMs) / 1_000;
  await until(async () => (await arrivedCount()) >= before + accepted, drainTimeoutMs);
  const arrivedSeconds = (performance.now() - startedAtMs) / 1_000;
  const quarters = [...memory.peaks].sort(([a], [b]) => a - b).map(([, peaks]) => peaks);
  const arrived = (await arrivedCount()) - before;
  return { ...load, accepted, arrived, acceptedSeconds, arrivedSeconds, quarters };
}

async function send(
  { instance }: BenchSystem,
  { messages, attachmentBytes, clients }: MemoryLoad,
  onAnswered: () => void,
): Promise<number> {
  const { hostname, port } = new URL(instance.smtpUrl);
  const transport = nodemailer.createTransport({
    ...{ host: hostname, port: Number(port), secure: false, ignoreTLS: true, pool: true },
    ...{ maxConnections: clients, maxMessages: messages + 1 },
    auth: { user: instance.smtpUser, pass: instance.smtpPassword },
  });
  const content = randomBytes(attachmentBytes);
  let accepted = 0;
  const sendOne = async (index: number): Promise<void> => {
    await transport.sendMail({
      from: 'orders@shop.example',
      to: `memory-${index}@bench.example`,
      subject: 'Größe',
      html: '<p><a href="https://shop.example/orders">Your order</a></p>',
      attachments: [{ filename: 'invoice.bin', content }],
    });
    accepted += 1;
  };
  await Promise.all(
    Array.from({ length: messages }, (_, index) =>
      sendOne(index)
        .catch(() => undefined)
        .finally(onAnswered),
    ),
  );
  transport.close();
  return accepted;
}

/** A line for each process, with its peaks. */
export function memoryTable(results: readonly MemoryResult[]): string {
  return results
    .map((result) => {
      const { messages, attachmentBytes, accepted, arrived, acceptedSeconds, arrivedSeconds, quarters } =
        result;
      const head = ['MiB, most of each quarter', '1st', '2nd', '3rd', '4th and after'];
      const rows = watched.map((name) => [name, ...quarters.map((peaks) => peaks[name] ?? 0)]);
      const seconds = `${acceptedSeconds.toFixed(0)} s, arrived ${arrived} after ${arrivedSeconds.toFixed(0)} s`;
      const title = `${messages} messages with an attachment of ${attachmentBytes} bytes: accepted ${accepted} in ${seconds}`;
      return `${title}\n${tableOf([head, ...rows])}`;
    })
    .join('\n\n');
}
