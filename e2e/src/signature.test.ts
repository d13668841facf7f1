import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { simpleParser } from 'mailparser';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { dkimResolver } from './dkim-resolver.ts';
import { rawMessage, searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

let system: RunningSystem;

before(async () => {
  system = await startRunningSystem();
});
after(() => system[Symbol.asyncDispose]());

test('what arrives is signed with RSA and Ed25519 for its From domain, and both signatures verify', async () => {
  const emailId = await publishEmail(system.instance);
  await send({ emailId, message: { to: 'verify@customer.example' }, customProperties: { order: '1' } });

  const raw = await arrived('verify@customer.example');
  const resolver = await dkimResolver(system.instance, 'shop.example');
  const { results } = await dkimVerify(raw, { resolver });

  assert.deepEqual(
    results.map(({ status, algo }) => [status.result, status.aligned, algo]),
    [
      ['pass', 'shop.example', 'rsa-sha256'],
      ['pass', 'shop.example', 'ed25519-sha256'],
    ],
  );
});

test('an attachment of 3 MB and an inline image arrive byte for byte', async () => {
  const file = Buffer.alloc(3 * 1024 * 1024, 'posthorn ');
  const image = Buffer.from('iVBORw0KGgo=', 'base64');
  const emailId = await publishEmail(system.instance, {
    html: '<p>{{ custom.order }}<img src="cid:logo"></p>',
  });
  await send({
    emailId,
    message: {
      to: 'files@customer.example',
      attachments: [
        { filename: 'Rechnung №7.pdf', contentType: 'application/pdf', content: file.toString('base64') },
        {
          filename: 'logo.png',
          contentType: 'image/png',
          content: image.toString('base64'),
          contentId: 'logo',
        },
      ],
    },
    customProperties: { order: '1' },
  });

  const { attachments } = await simpleParser(await arrived('files@customer.example'), { keepCidLinks: true });

  const found = new Map(attachments.map(({ filename, content }) => [filename, content]));
  assert.ok(found.get('Rechnung №7.pdf')?.equals(file));
  assert.ok(found.get('logo.png')?.equals(image));
  assert.equal(attachments.find(({ filename }) => filename === 'logo.png')?.cid, 'logo');
});

async function send(request: object): Promise<void> {
  const answer = await call(
    system.instance,
    'POST',
    '/marketing/v3/transactional/single-email/send',
    request,
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

async function arrived(to: string): Promise<Buffer> {
  const [message] = await eventually('the message', async () => {
    const { messages } = await searchMailbox(system.instance, `to:${to}`);
    return messages.length > 0 && messages;
  });
  assert.ok(message);
  return rawMessage(system.instance, message.ID);
}
