import { resolve } from 'node:path';
import type { Log } from './durability/store.ts';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
const port = Number(process.env['MONGODB_PORT'] ?? 27017);
const home = resolve(process.env['MONGODB_HOME'] ?? '.posthorn/mongodb');
const journalBytes = Number(process.env['MONGODB_JOURNAL_BYTES'] ?? 64 * 1024 * 1024);

const server = await startEmbeddedMongo({ port, home, log, journalBytes }).catch((error: unknown) => {
  log.error({ reason: String(error) }, 'start failed');
  process.exit(1);
});
log.info({ url: server.url }, 'ready');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);

function stop(): void {
  server[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ reason: String(error) }, 'stop failed, the journal is kept');
      process.exit(1);
    },
  );
}

/** The first line on standard output says that the server is ready; what went wrong is on standard error. */
function write(level: keyof Log): Log['info'] {
  const print = level === 'info' ? console.log : console.error;
  return (fields, message) => print(JSON.stringify({ level, service: 'mongodb', message, ...fields }));
}
