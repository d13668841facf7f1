import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { loadEmbeddedMongoConfig } from './config.ts';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

const config = loadEmbeddedMongoConfig(process.env);
// Standard output carries the ready line alone.
const log = createLogger({ service: 'mongodb', level: config.logLevel, destination: process.stderr });
const server = await startEmbeddedMongo({ ...config, log });

stopOnSignal(server, log, { timeoutMs: 15_000 });
process.stdout.write(`${JSON.stringify({ ready: true, port: server.port, url: server.url })}\n`);
