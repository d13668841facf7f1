import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { isFault, watchParent } from '@posthorn/runtime';
import { createApiClient } from './api-client.ts';
import { bannerOf } from './banner.ts';
import { startInstance } from './instance.ts';
import { readSettings } from './settings.ts';
import { sendWelcome } from './welcome-send.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
// With --json, standard output is for the one line; whoever waits for it can still see what it waits for.
const show = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
// A terminal that is gone and a full disk behind a redirection are no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Heard from the first moment, so that a Ctrl-C while parts come up stops those that run already.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
if (process.env['npm_lifecycle_event'] === 'start') watchParent(() => stop.abort());

try {
  const settings = readSettings(process.env, process.cwd());
  await using instance = await startInstance(settings, { show, signal: stop.signal });

  const { apiUrl, apiKey, welcomeEmailId: emailId, docsUrl } = instance.running;
  if (!values.json) show(bannerOf(instance.running));
  await sendWelcome(createApiClient(apiUrl, apiKey), { emailId, docsUrl, show, signal: stop.signal });
  if (values.json) process.stdout.write(`${JSON.stringify(instance.running)}\n`);
  show('\n  Ctrl-C stops everything; what was sent stays.\n');

  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  show('\n  Stopping…');
} catch (error) {
  if (!stop.signal.aborted) {
    process.stderr.write(`\n${complaint(error)}\n\n`);
    process.exitCode = 1;
  }
}

function complaint(error: unknown): string {
  if (isFault(error)) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'The disk is full: make room, and start again.';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
