import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startTracking } from './app.ts';
import { loadConfig } from './config.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'tracking', level: config.logLevel });
const app = await startTracking(config, log);

stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs, endsWithParent: config.endsWithParent });
log.info({ port: app.port }, 'started');
