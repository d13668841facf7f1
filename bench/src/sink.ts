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

const sink = await startSmtpSink({});
process.on('message', (question: 'count' | 'report') => {
  const { entries } = sink;
  if (question === 'count') return void process.send?.(entries.length);
  const arrived = entries.map(({ messageId, atMs }): [string, number] => [messageId ?? '', atMs]);
  const { user, system } = process.cpuUsage();
  process.send?.({ arrived, cpuMs: (user + system) / 1_000 } satisfies SinkReport);
});
process.send?.(sink.port);
