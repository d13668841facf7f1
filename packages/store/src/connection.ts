import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@posthorn/runtime';
import { type Connection, Mongoose } from 'mongoose';

/** Makes a connection that is not opened yet, with its own mongoose: no state is shared between stores. */
export function createConnection(): Connection {
  const mongoose = new Mongoose({
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
    strictQuery: 'throw',
  });
  return mongoose.createConnection();
}

/**
 * Opens the connection in the background and goes on trying until it is made or `signal` is aborted; afterwards the
 * driver reconnects by itself. `ready` runs after the first connection, and again until it succeeds.
 */
export async function keepOpen(
  connection: Connection,
  { url, dbName, log, signal, ready }: KeepOpenOptions,
): Promise<void> {
  connection.on('error', () => undefined);
  connection.on('disconnected', () => signal.aborted || log.warn('mongodb is away'));
  connection.on('reconnected', () => log.info('mongodb is back'));
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await connection.openUri(url, { ...clientOptions, ...(dbName ? { dbName } : {}) });
      await ready();
      log.info('mongodb connected');
      return;
    } catch (error) {
      if (failures === 0 && !signal.aborted) log.warn({ err: error }, 'mongodb is away');
      await sleep(Math.min(250 * 2 ** failures, 2_000), undefined, { signal }).catch(() => undefined);
    }
  }
}

export type KeepOpenOptions = {
  url: string;
  dbName?: string | undefined;
  log: Logger;
  signal: AbortSignal;
  ready: () => Promise<void>;
};

/**
 * Every write waits for a journaled majority; on a standalone server that is its own journal. A stopped server is
 * noticed within two seconds, so that callers can answer from what they have.
 */
const clientOptions = {
  serverSelectionTimeoutMS: 1_500,
  connectTimeoutMS: 1_500,
  socketTimeoutMS: 10_000,
  heartbeatFrequencyMS: 2_000,
  maxPoolSize: 50,
  waitQueueTimeoutMS: 1_500,
  ignoreUndefined: true,
  retryWrites: true,
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 5_000 },
} as const;
