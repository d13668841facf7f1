/**
 * A dispatcher for tests that kill it: at the phase named by `FAULT_AT` it says `reached` on standard output, each time,
 * and never goes on; with `FAULT=pause` it stops its whole process there, once, until it gets SIGCONT. Without
 * `FAULT_AT` it is an ordinary one with a short lease.
 */
import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startDispatcher } from '../app.ts';
import { loadConfig } from '../config.ts';
import { shortLease } from './dispatch-world.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'dispatcher', level: config.logLevel });
const { FAULT_AT: faultAt, FAULT: fault } = process.env;
let hasPaused = false;
const app = await startDispatcher(config, log, {
  lease: shortLease,
  onPhase: (phase) => {
    if (phase !== faultAt) return undefined;
    if (fault === 'pause') return pause();
    process.stdout.write('reached\n');
    return new Promise(() => undefined);
  },
});
stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs });
process.stdout.write('started\n');

async function pause(): Promise<void> {
  if (hasPaused) return;
  hasPaused = true;
  process.stdout.write('reached\n', () => process.kill(process.pid, 'SIGSTOP'));
  await new Promise((resolve) => setTimeout(resolve, 200));
}
