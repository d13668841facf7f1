import { parseArgs } from 'node:util';
import { isFault } from '@posthorn/runtime';
import { createApiClient } from './api-client.ts';
import { bannerOf } from './banner.ts';
import { startInstance } from './instance.ts';
import { readSettings } from './settings.ts';
import { sendWelcome } from './welcome-send.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const show = (line: string) => {
  if (!values.json) process.stdout.write(`${line}\n`);
};

try {
  // Heard from the first moment, so that a Ctrl-C while parts come up still stops each of them.
  const stop = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.resolve());
  const settings = readSettings(process.env, process.cwd());
  await using instance = await startInstance(settings, show);

  const { apiUrl, apiKey, welcomeEmailId: emailId, docsUrl } = instance.running;
  show(bannerOf(instance.running));
  await sendWelcome(createApiClient(apiUrl, apiKey), { emailId, docsUrl, show });
  if (values.json) process.stdout.write(`${JSON.stringify(instance.running)}\n`);
  show('\n  Ctrl-C stops everything; what was sent stays.\n');

  await stop.promise;
  show('\n  Stopping…');
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`\n${error.message}\n\n`);
  process.exitCode = 1;
}
