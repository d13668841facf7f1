import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

let system: RunningSystem;

before(async () => {
  system = await startRunningSystem({ LOG_LEVEL: 'debug' });
});
after(() => system[Symbol.asyncDispose]());

const canaries = [
  'canary-to',
  'canary-bounce',
  'canary-cc',
  'canary-property',
  'canary-custom',
  'canary-subject',
  'ph_live_',
];

test('no log of any part holds an address, a subject, a property or a key, whatever happened', async () => {
  const emailId = await publishEmail(system.instance, { subject: 'canary-subject {{ custom.order }}' });
  const send = (to: string, customProperties: object) =>
    call(system.instance, 'POST', '/marketing/v3/transactional/single-email/send', {
      emailId,
      message: { to, cc: ['canary-cc@customer.example'] },
      contactProperties: { firstname: 'canary-property' },
      customProperties,
    });
  await send('canary-to@customer.example', { order: 'canary-custom' });
  await send('bounce@canary-bounce.example', { order: 'canary-custom' });
  await send('canary-to@customer.example', {});
  await send('not an address canary-to', { order: '1' });
  await eventually('what can arrive to arrive', async () => {
    const { messages } = await searchMailbox(system.instance, 'subject:canary-subject');
    return messages.length >= 2;
  });

  await system.stop();
  const folder = path.join(system.home, 'logs');
  // The recipient's domain may be logged: it is how operators find a receiver that is slow.
  const found = (
    await Promise.all((await readdir(folder)).map((name) => canariesIn(path.join(folder, name))))
  ).flat();

  assert.deepEqual(found, []);
});

async function canariesIn(file: string): Promise<string[]> {
  const text = (await readFile(file, 'utf8')).replaceAll('canary-bounce.example', '');
  return canaries
    .filter((canary) => text.includes(canary))
    .map((canary) => `${path.basename(file)}: ${canary}`);
}
