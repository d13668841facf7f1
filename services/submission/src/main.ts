import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startSubmission } from './app.ts';
import { loadConfig } from './config.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'submission', level: config.logLevel });
const app = await startSubmission(config, log);

stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs, endsWithParent: config.endsWithParent });
log.info({ ports: app.ports, tlsPorts: app.tlsPorts, healthPort: app.healthPort }, 'started');
