import { randomUUID } from 'node:crypto';
import { after, before, describe } from 'node:test';
import { type Collection, type Db, MongoClient } from 'mongodb';
import { startEmbeddedMongo } from '../start-embedded-mongo.ts';
import type { Row } from './cases.ts';

type Opened = AsyncDisposable & { url: string };
type Engine = { name: string; open: () => Promise<Opened> };

/** What a test gets: a database of its own run, and a collection nobody else uses. */
export type Fixture = { db: () => Db; fresh: () => Collection<Row> };

/**
 * Defines the same tests against the embedded server and, where the environment names one in MONGODB_URL, the real
 * engine.
 */
export function describeEngines(title: string, define: (fixture: Fixture) => void): void {
  for (const engine of engines()) describe(`${title} on ${engine.name}`, () => define(setUp(engine)));
}

/** The `_id`s of what matches, ascending. */
export async function idsOf(rows: Collection<Row>, filter: object = {}): Promise<unknown[]> {
  const found = await rows.find(filter, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => _id).sort((a, b) => Number(a) - Number(b));
}

function engines(): Engine[] {
  const url = process.env['MONGODB_URL'];
  const embedded: Engine = {
    name: 'the embedded server',
    open: () => startEmbeddedMongo({ port: 0, home: null }),
  };
  if (!url) return [embedded];
  return [embedded, { name: 'MONGODB_URL', open: async () => ({ url, async [Symbol.asyncDispose]() {} }) }];
}

function setUp(engine: Engine): Fixture {
  let server: Opened;
  let client: MongoClient;
  let db: Db;
  before(async () => {
    server = await engine.open();
    client = await new MongoClient(server.url).connect();
    db = client.db(`conformance_${randomUUID().slice(0, 8)}`);
  });
  after(async () => {
    await db.dropDatabase();
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return { db: () => db, fresh: () => db.collection<Row>(`c_${randomUUID().slice(0, 8)}`) };
}
