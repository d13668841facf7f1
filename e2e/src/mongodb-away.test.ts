import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

const mongodbMain = path.resolve(import.meta.dirname, '../../packages/local/src/mongodb/main.ts');
/** Longer, for example 60000, by hand; it only has to be away for longer than every cache is fresh. */
const awayMs = Number(process.env['MONGODB_AWAY_MS'] ?? 8_000);

const beforeCount = 16;

let home: string;
let mongodb: Awaited<ReturnType<typeof startMongodb>>;
let system: RunningSystem;

before(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'posthorn-mongodb-'));
  mongodb = await startMongodb(0);
  system = await startRunningSystem({ MONGODB_URL: `${mongodb.url}/away` });
});
after(async () => {
  await system?.[Symbol.asyncDispose]();
  mongodb.child.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

test('F15: while MongoDB is away, sends that need nothing stored are accepted and delivered, and recorded later', async () => {
  const emailId = await publishEmail(system.instance, { subject: 'Away {{ custom.order }}' });
  // One by one, so that every renderer gets some of them and knows the email and its sender before MongoDB goes.
  for (let count = 1; count <= beforeCount; count += 1) {
    await post(emailId, `before-${count}@customer.example`);
    await eventually(`send ${count} to arrive`, async () => (await arrivedCount()) === count);
  }

  mongodb.child.kill('SIGKILL');
  await once(mongodb.child, 'exit');
  const backAtMs = performance.now() + awayMs;
  const statusIds: string[] = [];
  while (performance.now() < backAtMs) {
    statusIds.push(await post(emailId, `away-${statusIds.length}@customer.example`));
    await new Promise((go) => setTimeout(go, 100));
  }
  await eventually(
    'all of them to arrive without MongoDB',
    async () => (await arrivedCount()) === beforeCount + statusIds.length,
  );
  mongodb = await startMongodb(mongodb.port);

  for (const statusId of statusIds) {
    await eventually(`${statusId} to be recorded`, async () => {
      const { body } = await call(system.instance, 'GET', `/marketing/v3/email/send-statuses/${statusId}`);
      return z.object({ sendResult: z.string() }).safeParse(body).data?.sendResult === 'SENT';
    });
  }
  assert.equal(await arrivedCount(), beforeCount + statusIds.length);
});

async function post(emailId: number, to: string): Promise<string> {
  const { status, body } = await call(
    system.instance,
    'POST',
    '/marketing/v3/transactional/single-email/send',
    {
      emailId,
      message: { to },
      customProperties: { order: to },
    },
  );
  assert.equal(status, 200, JSON.stringify(body));
  return z.object({ statusId: z.string() }).parse(body).statusId;
}

async function arrivedCount(): Promise<number> {
  return (await searchMailbox(system.instance, 'subject:Away')).messages_count;
}

async function startMongodb(port: number): Promise<{ child: ChildProcess; port: number; url: string }> {
  const env = { ...process.env, MONGODB_PORT: String(port), MONGODB_HOME: home };
  const child = spawn(process.execPath, [mongodbMain], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, ...z.object({ port: z.number(), url: z.string() }).parse(JSON.parse(String(line))) };
}
