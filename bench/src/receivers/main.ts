import { parseArgs } from 'node:util';
import { receiversBreaches, receiversTable } from './receivers-table.ts';
import { runReceivers } from './run-receivers.ts';

/** `npm run receivers -- [--sends 50000] [--domains 200] [--dispatchers 3]`: exits with 1 when a promise is broken. */
const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '50000' },
    domains: { type: 'string', default: '200' },
    dispatchers: { type: 'string', default: '3' },
  },
});
const result = await runReceivers({
  ...{ sends: Number(values.sends), domains: Number(values.domains) },
  ...{ dispatchers: Number(values.dispatchers), firstPort: 11_300 },
});
const breaches = receiversBreaches(result);
process.stdout.write(
  `${receiversTable(result)}\n\n${breaches.map((breach) => `BROKEN ${breach}\n`).join('')}`,
);
if (breaches.length > 0) process.exitCode = 1;
