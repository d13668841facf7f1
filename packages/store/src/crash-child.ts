/**
 * Not part of the product: the process that `counters.kill.test.ts` kills.
 *
 * Records bags of events as tracking does, and kills itself (SIGKILL) just before or just after its n-th write.
 */
import { Event } from '@posthorn/contracts';
import { createRepositories } from './connect-store.ts';
import { createConnection } from './connection.ts';
import { createGuard } from './guard.ts';

const [, , url = '', dbName = '', bagsJson = '[]', killAt = '0', phase = 'after'] = process.argv;

const connection = createConnection();
await connection.openUri(url, { dbName, monitorCommands: true });
const { events, sends, counters } = createRepositories(
  connection,
  createGuard({ isOpen: () => true, timeoutMs: 10_000 }),
);

let writes = 0;
const writeCommands = ['insert', 'update'];
const moment = phase === 'after' ? 'commandSucceeded' : 'commandStarted';
connection.getClient().on(moment, ({ commandName }: { commandName: string }) => {
  if (!writeCommands.includes(commandName)) return;
  writes += 1;
  if (writes === Number(killAt)) process.kill(process.pid, 'SIGKILL');
});

for (const bag of Event.array().array().parse(JSON.parse(bagsJson))) {
  await events.append(bag);
  await sends.apply(bag);
  for (const accountId of await counters.accountsToFold()) {
    while ((await counters.fold(accountId)).isMore);
  }
}
await connection.close();
