import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RunningInstance } from '@posthorn/local';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

const sends = 30_000;
const sendsPerCall = 1_000;
const lastAddress = 'after-restart@customer.example';
/** It takes half a minute on two cores. */
const deliveryMs = 180_000;

let system: RunningSystem;

before(async () => {
  system = await startRunningSystem({ POSTHORN_REPLICAS: '1' });
});
after(() => system[Symbol.asyncDispose]());

test(`${sends} sends outlive a restart in the middle of their delivery, and what is sent after it arrives too`, async () => {
  const emailId = await publishEmail(system.instance, { subject: 'Bulk {{ custom.order }}' });
  const welcomed = await totalOf(system.instance);
  for (let first = 0; first < sends; first += sendsPerCall)
    await sendMany(system.instance, emailId, addressesFrom(first, sendsPerCall));

  const arrivedBefore = await totalOf(system.instance);
  const exitCode = await system.stop();
  const again = await system.start();
  await sendMany(again, emailId, [lastAddress]);
  await eventually(
    'as many messages as were accepted',
    async () => (await totalOf(again)) > sends + welcomed,
    deliveryMs,
  );
  await eventually('each of them', async () => {
    const arrived = await recipientsOf(again);
    return [...addressesFrom(0, sends), lastAddress].every((to) => arrived.has(to));
  });

  assert.equal(exitCode, 0);
  assert.ok(arrivedBefore < sends, 'the restart came while messages were under way');
});

function addressesFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `bulk-${first + at}@customer.example`);
}

async function sendMany(instance: RunningInstance, emailId: number, addresses: string[]): Promise<void> {
  const body = {
    sends: addresses.map((to) => ({ emailId, message: { to }, customProperties: { order: to } })),
  };
  const answer = await call(instance, 'POST', '/v1/sends', body);
  assert.equal(answer.status, 200);
}

async function totalOf({ mailboxUrl }: RunningInstance): Promise<number> {
  const response = await fetch(`${mailboxUrl}/api/v1/messages?limit=1`);
  return z.object({ total: z.number() }).parse(await response.json()).total;
}

async function recipientsOf(instance: RunningInstance): Promise<Set<string>> {
  const { messages } = await searchMailbox(instance, 'subject:Bulk', 2 * sends);
  return new Set(messages.map(({ To }) => To[0]?.Address ?? ''));
}
