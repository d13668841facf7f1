import type { RunningInstance } from '@posthorn/local';
import { z } from 'zod';

const Messages = z.object({
  messages_count: z.number(),
  messages: z.array(
    z.object({ ID: z.string(), Subject: z.string(), To: z.array(z.object({ Address: z.string() })) }),
  ),
});

/** What the mailbox holds for a search in Mailpit's words, newest first: `to:jane@example.com`. */
export async function searchMailbox({ mailboxUrl }: RunningInstance, query: string, limit = 50) {
  const url = `${mailboxUrl}/api/v1/search?query=${encodeURIComponent(query)}&limit=${limit}`;
  return Messages.parse(await (await fetch(url)).json());
}

/** The exact bytes of a message, one character a byte. */
export async function rawMessage({ mailboxUrl }: RunningInstance, id: string): Promise<Buffer> {
  const response = await fetch(`${mailboxUrl}/api/v1/message/${id}/raw`);
  return Buffer.from(await response.arrayBuffer());
}
