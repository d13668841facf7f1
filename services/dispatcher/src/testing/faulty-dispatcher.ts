/**
 * A dispatcher for tests that kill it: it stops at the phase named by `FAULT_AT`, says `reached` on standard output each
 * time and never goes on. Without `FAULT_AT` it is an ordinary one with a short lease.
 */
import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startDispatcher } from '../app.ts';
import { loadConfig } from '../config.ts';
import { shortLease } from './dispatch-world.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'dispatcher', level: config.logLevel });
const faultAt = process.env['FAULT_AT'];
const app = await startDispatcher(config, log, {
  lease: shortLease,
  onPhase: (phase) => {
    if (phase !== faultAt) return undefined;
    process.stdout.write('reached\n');
    return new Promise(() => undefined);
  },
});
stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs });
process.stdout.write('started\n');
