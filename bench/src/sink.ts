import process from 'node:process';
import { startSmtpSink } from '@posthorn/testing';

/**
 * The receiver of a bench, as a process of its own, on the address that it is called with: tells its port, then
 * answers each message from its parent with what arrived since it began. Its own CPU time is told too, so that the table can leave it out of the product's.
 */
export type SinkReport = Readonly<{
  /** When each final dot was taken, Unix time in milliseconds. */
  arrived: [messageId: string, atMs: number, recipient: string][];
  /** Of all messages together. */
  bytes: number;
  cpuMs: number;
}>;

const arrived: SinkReport['arrived'] = [];
let bytes = 0;
const sink = await startSmtpSink({
  ...(process.argv[2] !== undefined && { host: process.argv[2] }),
  fast: true,
  onAccepted([entry]) {
    if (!entry) return;
    arrived.push([entry.messageId ?? '', entry.atMs, entry.rcpt]);
    bytes += entry.sizeBytes;
  },
});
process.on('message', (question: 'count' | 'recipients' | 'report') => {
  if (question === 'count') return void process.send?.(arrived.length);
  // Whether they were taken or not.
  if (question === 'recipients') return void process.send?.(sink.commands.get('RCPT') ?? 0);
  const { user, system } = process.cpuUsage();
  process.send?.({ arrived, bytes, cpuMs: (user + system) / 1_000 } satisfies SinkReport);
});
process.send?.(sink.port);
