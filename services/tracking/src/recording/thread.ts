import { parentPort, workerData } from 'node:worker_threads';
import { createLogger, flushTelemetry } from '@posthorn/runtime';
import type { Config } from '../config.ts';
import type { RecordingOrder, RecordingReport } from './recording-message.ts';
import { startRecording } from './start-recording.ts';

// `startRecordingThread` gives it exactly this; `workerData` has no type of its own.
const config = workerData as Config;
const log = createLogger({ service: 'tracking', level: config.logLevel });
const recording = await startRecording(config, log);

parentPort?.on('message', (order: RecordingOrder) => void (order.kind === 'stop' ? stop() : check(order)));
report({ kind: 'started' });

async function check({ id, check }: Extract<RecordingOrder, { kind: 'check' }>): Promise<void> {
  report({ kind: 'checked', id, result: await recording.healthChecks[check]() });
}

async function stop(): Promise<void> {
  await recording[Symbol.asyncDispose]();
  await flushTelemetry();
  report({ kind: 'stopped' });
  parentPort?.close();
}

function report(message: RecordingReport): void {
  parentPort?.postMessage(message);
}
