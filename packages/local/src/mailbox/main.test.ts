import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { MessagesShape } from './testing/mailpit-shapes.ts';
import { temporaryFolder } from './testing/set-up-mailbox.ts';
import { connectSmtp, smallMessage } from './testing/smtp-client.ts';

const ReadyLine = z.object({ smtpPort: z.int(), httpPort: z.int(), httpUrl: z.url(), smtpUrl: z.string() });

test('every message that was answered 250 is there after SIGKILL in the middle of a flood', async () => {
  await using folder = await temporaryFolder();
  const first = await startProcess(folder.path);
  const accepted = new Set<string>();
  const clients = await Promise.all(Array.from({ length: 8 }, () => connectSmtp(first.smtpPort)));

  const floods = clients.map(async (client, at) => {
    for (let n = 0; ; n++) {
      const reply = await client.deliver(['ann@example.com'], smallMessage(`${at}.${n}`)).catch(() => null);
      if (!reply?.startsWith('250')) return;
      accepted.add(`${at}.${n}`);
      if (accepted.size === 300) first.child.kill('SIGKILL');
    }
  });
  await Promise.all(floods);

  const second = await startProcess(folder.path);
  const stored = await subjectsOf(second.httpUrl);
  second.child.kill('SIGKILL');
  assert.ok(accepted.size >= 300);
  assert.deepEqual(
    [...accepted].filter((subject) => !stored.includes(subject)),
    [],
  );
  assert.equal(new Set(stored).size, stored.length);
});

test('what was deleted or read stays so after a restart', async () => {
  await using folder = await temporaryFolder();
  const first = await startProcess(folder.path);
  using client = await connectSmtp(first.smtpPort);
  for (const subject of ['gone', 'read', 'new'])
    await client.deliver(['ann@example.com'], smallMessage(subject));
  await fetch(`${first.httpUrl}/api/v1/search?query=subject:gone`, { method: 'DELETE' });
  await fetch(`${first.httpUrl}/api/v1/message/latest?query=subject:read`);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await startProcess(folder.path);

  assert.deepEqual(await subjectsOf(second.httpUrl), ['new', 'read']);
  assert.deepEqual(await subjectsOf(second.httpUrl, '/api/v1/search?query=is:unread'), ['new']);
  second.child.kill('SIGKILL');
});

test('SIGTERM stops it in order although a client and a page keep their connections', async () => {
  const { child, smtpPort, httpUrl } = await startProcess('');
  using _client = await connectSmtp(smtpPort);
  const events = await fetch(`${httpUrl}/events`);

  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');

  assert.equal(code, 0);
  await events.body?.cancel().catch(() => undefined);
});

async function startProcess(home: string): Promise<z.infer<typeof ReadyLine> & { child: ChildProcess }> {
  const env = { ...process.env, MAILBOX_SMTP_PORT: '0', MAILBOX_HTTP_PORT: '0', MAILBOX_HOME: home };
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { ...ReadyLine.parse(JSON.parse(line)), child };
  }
  throw new Error('the mailbox ended before it was ready');
}

async function subjectsOf(httpUrl: string, path = '/api/v1/messages?limit=100000'): Promise<string[]> {
  const { messages } = MessagesShape.parse(await (await fetch(`${httpUrl}${path}`)).json());
  return messages.map(({ Subject }) => Subject);
}
