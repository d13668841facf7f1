import { once } from 'node:events';
import { createServer } from 'node:http';
import { DispatchItem, defineLane, SendItem } from '@posthorn/contracts';
import { allDone, connectRedis, consume, createPostbox } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { startChild } from './child.ts';
import type { HitOrder } from './hit-generator.ts';
import type { StageCosts } from './stage-costs.ts';

const rounds = 20_000;

/** Measures what a send costs this process at its sockets, stage by stage, in µs of CPU. The other ends are not counted. */
export async function measureIoStageCosts(sample: {
  requestBody: string;
  rendition: string;
}): Promise<StageCosts> {
  return {
    'accept: bare node:http with JSON and zod': await httpMicros(sample.requestBody),
    'queue: one hop in full bags, both ends': await queueMicros(sample.rendition),
    'deliver: SMTPConnection, kept': await smtpMicros(sample.rendition),
  };
}

async function httpMicros(requestBody: string): Promise<number> {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    SendItem.parse(JSON.parse(Buffer.concat(chunks).toString()));
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  using generator = startChild('hit-generator.ts');
  const order: HitOrder = { port, paths: ['/'], count: rounds, connections: 50, body: requestBody };

  const micros = await cpuMicrosOf(rounds, () => generator.ask(order));
  server.close();
  return micros;
}

async function queueMicros(rendition: string): Promise<number> {
  await using redis = await withTestRedis();
  await using poster = await connectRedis({ url: redis.url, role: 'poster', log: silentLogger });
  await using worker = await connectRedis({ url: redis.url, role: 'worker', log: silentLogger });
  const lane = defineLane({ name: 'bench', item: DispatchItem, idOf: (item) => item.id });
  await using postbox = createPostbox(lane, { redis: poster, log: silentLogger, timeoutMs: 60_000 });
  const all = Promise.withResolvers<void>();
  let taken = 0;
  const handle = async (items: readonly unknown[]) => {
    taken += items.length;
    if (taken >= rounds) all.resolve();
    return allDone;
  };
  await using _consumer = consume(lane, handle, { redis: worker, concurrency: 4, log: silentLogger });

  // Awaited here: what is opened above is closed on return.
  return await cpuMicrosOf(rounds, async () => {
    for (let first = 0; first < rounds; first += 400) {
      await postbox.postAll(
        Array.from({ length: 400 }, (_, index) => dispatchItem(first + index, rendition)),
      );
    }
    await all.promise;
  });
}

async function smtpMicros(rendition: string): Promise<number> {
  using sink = startChild('sink.ts');
  const port = await sink.next<number>();
  const bytes = Buffer.from(rendition, 'latin1');
  const connections = await Promise.all(Array.from({ length: 10 }, () => connectTo(port)));
  let left = rounds;

  const micros = await cpuMicrosOf(rounds, () =>
    Promise.all(
      connections.map(async (connection) => {
        while (left-- > 0) await sendOne(connection, bytes);
      }),
    ),
  );
  for (const connection of connections) connection.close();
  return micros;
}

async function connectTo(port: number): Promise<SMTPConnection> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true });
  await new Promise<void>((resolve, reject) => {
    connection.on('error', reject);
    connection.connect(() => resolve());
  });
  return connection;
}

function sendOne(connection: SMTPConnection, bytes: Buffer): Promise<void> {
  const envelope = { from: 'bounce@shop.example', to: ['customer@bench.example'] };
  return new Promise((resolve, reject) => {
    connection.send(envelope, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

function dispatchItem(index: number, rendition: string): DispatchItem {
  const statusId = `01900000-0000-8000-8000-${String(index).padStart(12, '0')}`;
  return {
    id: `${statusId}-t`,
    statusId,
    accountId: 1,
    emailId: 1,
    acceptedAtMs: 1,
    returnPath: 'bounce@shop.example',
    recipients: [{ deliveryId: `${statusId}:0`, address: `customer-${index}@bench.example` }],
    rendition: rendition.replace('customer-1@', `customer-${index}@`),
    smtpUtf8: false,
    expiresAtMs: 2,
    onAmbiguous: 'retry',
  };
}

async function cpuMicrosOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / count);
}
