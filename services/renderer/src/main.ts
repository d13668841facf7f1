import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startRenderer } from './app.ts';
import { loadConfig } from './config.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'renderer', level: config.logLevel });
const app = await startRenderer(config, log);

stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs, endsWithParent: config.endsWithParent });
log.info({ threads: config.threads.size, healthPort: app.healthPort }, 'started');
