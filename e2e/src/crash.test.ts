import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

let system: RunningSystem;

before(async () => {
  system = await startRunningSystem();
});
after(() => system[Symbol.asyncDispose]());

/** The embedded MongoDB and Redis are among them where this machine runs them. */
const victims = ['gateway', 'renderer', 'dispatcher', 'tracking', 'redis', 'mongodb'];

test('F01, F03, F04, F08, F09, F15: with each service killed in turn under a steady flow, one replica and then all, every accepted send arrives', async () => {
  const emailId = await publishEmail(system.instance, { subject: 'Crash {{ custom.order }}' });
  const accepted = new Set<string>();
  const flow = keepSending(emailId, accepted);

  const parts = Object.keys(system.instance.pids);
  for (const victim of victims) {
    const replicas = parts.filter((part) => part === victim || part.startsWith(`${victim}-`));
    for (const killed of [replicas.slice(1), replicas].filter((names) => names.length > 0)) {
      const before = accepted.size;
      await eventually('the flow to go on', async () => accepted.size > before + 40);
      await killParts(killed);
    }
  }
  const last = accepted.size;
  await eventually('the flow to go on after the last kill', async () => accepted.size > last + 40);
  flow.stop();
  await flow.ended;

  const arrived = await eventually(
    'every accepted send to arrive',
    async () => {
      const { messages } = await searchMailbox(system.instance, 'subject:Crash', 100_000);
      const addresses = messages.map((message) => message.To[0]?.Address ?? '');
      return [...accepted].every((to) => addresses.includes(to)) && addresses;
    },
    90_000,
  );
  const copies = arrived.length - new Set(arrived).size;
  assert.ok(
    copies <= 50,
    `at most the conversations open at the dispatcher's kill are doubled; ${copies} were`,
  );
});

function keepSending(emailId: number, accepted: Set<string>) {
  let isOn = true;
  let next = 0;

  async function sender(): Promise<void> {
    while (isOn) {
      const to = `crash-${next++}@customer.example`;
      const answer = await post(emailId, to).catch(() => undefined);
      if (answer) accepted.add(to);
      else await new Promise((go) => setTimeout(go, 20));
    }
  }

  const ended = Promise.all(Array.from({ length: 4 }, sender));
  return {
    ended,
    stop: () => {
      isOn = false;
    },
  };
}

async function post(emailId: number, to: string): Promise<string | undefined> {
  const answer = await call(system.instance, 'POST', '/marketing/v3/transactional/single-email/send', {
    emailId,
    message: { to },
    customProperties: { order: to },
  });
  return answer.status === 200 ? z.object({ statusId: z.string() }).parse(answer.body).statusId : undefined;
}

/** Kills all of them at once. */
async function killParts(names: readonly string[]): Promise<void> {
  const { pids } = await system.reread();
  for (const name of names) process.kill(pids[name] ?? assert.fail(`${name} does not run`), 'SIGKILL');
  for (const name of names) {
    await eventually(
      `${name} to be started again`,
      async () => (await system.reread()).pids[name] !== pids[name],
    );
  }
}
