import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startReturns } from './app.ts';
import { loadConfig } from './config.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'returns', level: config.logLevel });
const app = await startReturns(config, log);

stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs, endsWithParent: config.endsWithParent });
log.info({ smtpPort: app.smtpPort, healthPort: app.healthPort }, 'started');
