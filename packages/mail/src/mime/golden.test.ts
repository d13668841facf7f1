import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { attachmentEntity, inlineImageEntity } from './attachment.ts';
import { composeMessage, type MessageInput } from './compose-message.ts';

test('a message with everything is written to the byte as in fixtures/order.eml', async () => {
  const input: MessageInput = JSON.parse(await fixture('order.json'));
  const logo = {
    fileName: 'logo.gif',
    contentType: 'image/gif',
    content: Buffer.from('GIF89a'),
    contentId: 'logo',
  };
  const invoice = {
    fileName: 'Rechnung März.pdf',
    contentType: 'application/pdf',
    content: Buffer.from('%PDF-1.7'),
  };

  const { headers, body } = composeMessage({
    ...input,
    inlineImages: [inlineImageEntity(logo)],
    attachments: [attachmentEntity(invoice)],
  });

  assert.equal(`${headers}\r\n${body}`.replaceAll('\r\n', '\n'), await fixture('order.eml'));
});

/** Kept with LF, since git and editors change CRLF. */
async function fixture(name: string): Promise<string> {
  return await readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}
