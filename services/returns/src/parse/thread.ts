import { parentPort } from 'node:worker_threads';
import type { ThreadMessage } from '@posthorn/runtime';
import { readReport } from './read-report.ts';
import type { ReadTask, Report } from './report.ts';

/** What a reading thread runs: one message at a time, for as long as the pool lets it. */
parentPort?.on('message', (task: ReadTask) => {
  report({ kind: 'done', result: readReport(task), cpuMs: cpuMs() });
});
report({ kind: 'ready', cpuMs: cpuMs() });

function report(message: ThreadMessage<Report>): void {
  parentPort?.postMessage(message);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
