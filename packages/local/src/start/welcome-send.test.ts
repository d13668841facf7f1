import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '@posthorn/runtime';
import type { ApiClient } from './api-client.ts';
import { sendWelcome } from './welcome-send.ts';

const api: ApiClient = {
  publishEmail: async () => 1,
  send: async () => 'status-1',
  timeline: async () => ({ status: 'PENDING', timeline: [] }),
  createSmtpToken: async () => ({ id: 'id', password: 'password' }),
};

test('a welcome email that is refused does not fail the start, and the reason is shown', async () => {
  const lines: string[] = [];
  const refuses = async () => Promise.reject(new Fault('unavailable', 'too much waits already'));
  const show = (line: string) => void lines.push(line);

  await sendWelcome(
    { ...api, send: refuses },
    { emailId: 1, docsUrl: '', show, signal: new AbortController().signal },
  );

  assert.match(lines.join('\n'), /too much waits already/);
});

test('Ctrl-C ends the wait for a welcome email that stands behind other mail', async () => {
  const lines: string[] = [];
  const stop = new AbortController();
  const show = (line: string) => {
    lines.push(line);
    if (line.includes('accepted')) stop.abort();
  };

  await sendWelcome(api, { emailId: 1, docsUrl: '', show, signal: stop.signal });

  assert.deepEqual(lines, ['  A welcome email is on its way (status-1):', '    accepted        0 ms']);
});
