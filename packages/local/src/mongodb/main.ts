import { resolve } from 'node:path';
import type { Log } from './durability/store.ts';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
const port = Number(process.env['MONGODB_PORT'] ?? 27017);
const home = resolve(process.env['MONGODB_HOME'] ?? '.posthorn/mongodb');

const server = await startEmbeddedMongo({ port, home, log });
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

function write(level: string): Log['info'] {
  return (fields, message) => console.log(JSON.stringify({ level, service: 'mongodb', message, ...fields }));
}
