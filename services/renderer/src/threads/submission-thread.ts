import { parentPort, workerData } from 'node:worker_threads';
import { keyringFromSecret } from '@posthorn/mail';
import type { ThreadMessage } from '@posthorn/runtime';
import type { ThreadData } from '../work/render-task.ts';
import type { SubmittedTask, WrittenMessage } from '../work/submitted-task.ts';
import { createWriteCopies } from '../work/write-copies.ts';

// The pool gives a thread exactly this; `workerData` has no type of its own.
const { secret, trackingUrl } = workerData as ThreadData;
const writeCopies = createWriteCopies({ keyring: keyringFromSecret(secret), trackingUrl });

parentPort?.on('message', (task: SubmittedTask) => {
  const result = writeCopies(task);
  report({ kind: 'done', result, cpuMs: cpuMs() });
});
report({ kind: 'ready', cpuMs: cpuMs() });

function report(message: ThreadMessage<WrittenMessage[]>): void {
  parentPort?.postMessage(message);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
