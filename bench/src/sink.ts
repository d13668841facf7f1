import process from 'node:process';
import { startSmtpSink } from '@posthorn/testing';

/**
 * The receiver of a bench, as a process of its own: tells its port, then answers each message from its parent with
 * what arrived since it began. Its own CPU time is told too, so that the table can leave it out of the product's.
 */
export type SinkReport = Readonly<{
  /** By Message-ID, when the final dot was taken, Unix time in milliseconds. */
  arrived: [messageId: string, atMs: number][];
  cpuMs: number;
}>;

const arrived: [messageId: string, atMs: number][] = [];
const sink = await startSmtpSink({
  fast: true,
  onAccepted: ([entry]) => void arrived.push([entry?.messageId ?? '', entry?.atMs ?? 0]),
});
process.on('message', (question: 'count' | 'report') => {
  if (question === 'count') return void process.send?.(arrived.length);
  const { user, system } = process.cpuUsage();
  process.send?.({ arrived, cpuMs: (user + system) / 1_000 } satisfies SinkReport);
});
process.send?.(sink.port);
