import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { type LocalMailbox, type MailboxOptions, startMailbox } from '../start-mailbox.ts';
import { MessageShape, MessagesShape } from './mailpit-shapes.ts';
import { connectSmtp, type SmtpClient } from './smtp-client.ts';

/** A running mailbox with one client and ways to ask its API; all of it goes when disposed. */
export type MailboxUnderTest = AsyncDisposable & {
  mailbox: LocalMailbox;
  client: SmtpClient;
  get: (path: string, init?: RequestInit) => Promise<Response>;
  /** A list of messages, checked to have Mailpit's shape. */
  list: (path?: string) => Promise<z.infer<typeof MessagesShape>>;
  /** One message, checked to have Mailpit's shape. */
  message: (id?: string) => Promise<z.infer<typeof MessageShape>>;
};

/** Starts a mailbox on free ports, in memory unless told otherwise. */
export async function setUpMailbox(options: Partial<MailboxOptions> = {}): Promise<MailboxUnderTest> {
  await using scope = new AsyncDisposableStack();
  const mailbox = scope.use(await startMailbox({ smtpPort: 0, httpPort: 0, home: null, ...options }));
  const client = scope.use(await connectSmtp(mailbox.smtpPort));
  const get = (path: string, init?: RequestInit) => fetch(`${mailbox.httpUrl}${path}`, init);

  const owned = scope.move();
  return {
    mailbox,
    client,
    get,
    list: async (path = '/api/v1/messages') => MessagesShape.parse(await (await get(path)).json()),
    message: async (id = 'latest') => MessageShape.parse(await (await get(`/api/v1/message/${id}`)).json()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An empty folder that is removed when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'posthorn-mailbox-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
