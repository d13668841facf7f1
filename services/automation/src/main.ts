import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startAutomation } from './app.ts';
import { loadConfig } from './config.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'automation', level: config.logLevel });
const app = await startAutomation(config, log);

stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs, endsWithParent: config.endsWithParent });
log.info({ healthPort: app.healthPort }, 'started');
