import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HealthCheck } from '@posthorn/runtime';
import type { Config } from '../config.ts';
import type { CheckName, RecordingOrder, RecordingReport } from './recording-message.ts';
import type { Recording } from './start-recording.ts';

type CheckResult = Awaited<ReturnType<HealthCheck>>;

/** A bag of events is short-lived, and much of it: with a small nursery most of it would be copied before it is garbage. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

/**
 * Starts recording on a thread of its own and resolves once it records. Rejects where it cannot start; a bug that ends
 * the thread later is thrown here, where it ends the process as any other does.
 */
export async function startRecordingThread(config: Config): Promise<Recording> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: config, resourceLimits });
  await once(worker, 'message');

  const asked = new Map<number, (result: CheckResult) => void>();
  const stopped = Promise.withResolvers<void>();
  let lastId = 0;
  const order = (message: RecordingOrder): void => worker.postMessage(message);
  const ask = (check: CheckName) => async (): Promise<CheckResult> => {
    const { promise, resolve } = Promise.withResolvers<CheckResult>();
    lastId += 1;
    asked.set(lastId, resolve);
    order({ kind: 'check', id: lastId, check });
    return await promise;
  };

  worker.on('message', (message: RecordingReport) => {
    if (message.kind === 'stopped') stopped.resolve();
    if (message.kind !== 'checked') return;
    asked.get(message.id)?.(message.result);
    asked.delete(message.id);
  });
  worker.on('error', (error) => {
    throw error;
  });
  return {
    healthChecks: { live: ask('live'), ready: ask('ready') },
    async [Symbol.asyncDispose]() {
      order({ kind: 'stop' });
      await stopped.promise;
      await worker.terminate();
    },
  };
}
