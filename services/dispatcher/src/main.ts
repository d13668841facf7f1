import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { startDispatcher } from './app.ts';
import { loadConfig } from './config.ts';

const config = loadConfig(process.env);
const log = createLogger({ service: 'dispatcher', level: config.logLevel });
const app = await startDispatcher(config, log, { onDeaf: () => process.exit(1) });

stopOnSignal(app, log, { timeoutMs: config.shutdownTimeoutMs, endsWithParent: config.endsWithParent });
log.info(
  { pools: config.pools ?? '*', concurrency: config.concurrency, healthPort: app.healthPort },
  'started',
);
