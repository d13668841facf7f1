import { parentPort, workerData } from 'node:worker_threads';
import { keyringFromSecret } from '@posthorn/mail';
import type { ThreadMessage } from '@posthorn/runtime';
import { createRenderSends } from '../work/render-sends.ts';
import type { RenderedSend, RenderTask, ThreadData } from '../work/render-task.ts';

// The pool gives a thread exactly this; `workerData` has no type of its own.
const { secret, trackingUrl } = workerData as ThreadData;
const renderSends = createRenderSends({ keyring: keyringFromSecret(secret), trackingUrl });

parentPort?.on('message', (task: RenderTask) => {
  const result = renderSends(task);
  report({ kind: 'done', result, cpuMs: cpuMs() });
});
report({ kind: 'ready', cpuMs: cpuMs() });

function report(message: ThreadMessage<RenderedSend[]>): void {
  parentPort?.postMessage(message);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
