import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const path = '/marketing/v3/transactional/single-email/send';
const message = { to: 'jdoe@example.com' };
const attachment = { filename: 'a.pdf', contentType: 'application/pdf', content: 'aGVsbG8=' };

/** What is refused, and the field that the refusal names. */
const refusals: Readonly<Record<string, { body: unknown; field: string }>> = {
  'A02: an operator where text belongs': {
    body: { emailId: 42, message: { to: { $gt: '' } } },
    field: 'message.to',
  },
  'A02: an operator as the email id': { body: { emailId: { $ne: 1 }, message }, field: 'emailId' },
  'A02: a dotted property name': {
    body: { emailId: 42, message, contactProperties: { 'a.b': '1' } },
    field: 'contactProperties.a.b',
  },
  'A02: a property name that is an operator': {
    body: { emailId: 42, message, contactProperties: { $where: '1' } },
    field: 'contactProperties.$where',
  },
  'no email id': { body: { message }, field: 'emailId' },
  'no recipient': { body: { emailId: 42, message: {} }, field: 'message.to' },
  'an email id in words': { body: { emailId: 'receipt', message }, field: 'emailId' },
  'an email id that a double does not carry': {
    body: { emailId: '9007199254740993', message },
    field: 'emailId',
  },
  'an email id that is no id': { body: { emailId: -1, message }, field: 'emailId' },
  'a list of recipients': { body: { emailId: 42, message: { to: ['a@example.com'] } }, field: 'message.to' },
  'a contact property that is a list': {
    body: { emailId: 42, message, contactProperties: { age: [7] } },
    field: 'contactProperties.age',
  },
  'H01: a line break in the recipient': {
    body: { emailId: 42, message: { to: 'a@example.com\r\nBcc: b@example.com' } },
    field: 'message.to',
  },
  'H01: NUL in the sender': {
    body: { emailId: 42, message: { ...message, from: 'a\0@example.com' } },
    field: 'message.from',
  },
  'H01: a line break in a Reply-To': {
    body: { emailId: 42, message: { ...message, replyTo: ['a@example.com', 'b\n@example.com'] } },
    field: 'message.replyTo.1',
  },
  'H01: a line break in the sendId': {
    body: { emailId: 42, message: { ...message, sendId: 'a\nb' } },
    field: 'message.sendId',
  },
  'H01: a line break in an attachment’s name': withAttachment({ filename: 'a\r\nX: y.pdf' }, 'filename'),
  'H01: NUL in an attachment’s name': withAttachment({ filename: 'a\0.pdf' }, 'filename'),
  'H01: a line break in an attachment’s type': withAttachment(
    { contentType: 'text/plain\r\nX: y' },
    'contentType',
  ),
  'H01: a line break in a content id': withAttachment({ contentId: 'a\r\nb' }, 'contentId'),
  'H04: an attachment by path': withAttachment({ path: '/etc/passwd' }, 'path'),
  'H04: an attachment by href': withAttachment({ href: 'http://169.254.169.254/' }, 'href'),
  'H04: an attachment raw': withAttachment({ raw: { path: '/etc/passwd' } }, 'raw'),
  'H04: an attachment as a data URI': withAttachment(
    { content: 'data:text/plain;base64,aGVsbG8=' },
    'content',
  ),
  'H06: base64 with junk': withAttachment({ content: 'aGVs*bG8=' }, 'content'),
  'H06: base64 cut off': withAttachment({ content: 'aGVsbG8=a' }, 'content'),
  'H06: base64 with line breaks': withAttachment({ content: 'aGVs\r\nbG8=' }, 'content'),
  'H06: base64 of the URL alphabet': withAttachment({ content: '-_-_' }, 'content'),
  'H06: a thousand attachments': {
    body: {
      emailId: 42,
      message: { ...message, attachments: Array.from({ length: 1_000 }, () => attachment) },
    },
    field: 'message.attachments',
  },
  'a multipart as an attachment': withAttachment({ contentType: 'multipart/mixed' }, 'contentType'),
};

for (const [name, { body, field }] of Object.entries(refusals)) {
  test(`${name} is refused with 400, and the field is named`, async () => {
    await using gateway = await startTestGateway();

    const answer = await call(gateway, `POST ${path}`, { body });

    const { category, fields } = errorOf(answer.body);
    assert.deepEqual(
      { status: answer.status, category, fields },
      { status: 400, category: 'VALIDATION_ERROR', fields: [field] },
    );
    assert.equal(gateway.posted.length, 0);
  });
}

test('A03, H02: an account, a status or headers of one’s choice have no effect, and are named as ignored', async () => {
  await using gateway = await startTestGateway();
  const forged = { ...message, status: 'SENT', headers: { Received: 'x' } };

  const answer = await call(gateway, `POST ${path}`, {
    body: { emailId: 42, message: forged, accountId: 2, statusId: 'x' },
  });

  assert.equal(answer.status, 200);
  assert.equal(
    answer.headers.get('x-posthorn-ignored'),
    'message.status, message.headers, accountId, statusId',
  );
  assert.equal(gateway.posted[0]?.accountId, 1);
  assert.doesNotMatch(JSON.stringify(gateway.posted), /Received|"SENT"/);
});

test('H05: an attachment’s name loses its folders and what is not safe, and keeps its extension', async () => {
  await using gateway = await startTestGateway();
  const names = ['../../etc/x.pdf', 'C:\\temp\\y.pdf', 'gpj.\u202eexe', 'CON', `${'n'.repeat(10_000)}.pdf`];
  const attachments = names.map((filename) => ({ ...attachment, filename }));

  await call(gateway, `POST ${path}`, { body: { emailId: 42, message: { ...message, attachments } } });

  const filenames = gateway.posted[0]?.attachments.map(({ filename }) => filename) ?? [];
  assert.deepEqual(filenames.slice(0, 4), ['x.pdf', 'y.pdf', 'gpj.exe', '_CON']);
  assert.match(filenames[4] ?? '', /^n+\.pdf$/);
  assert.equal(filenames[4]?.length, 255);
});

test('H06: an attachment’s bytes arrive as they are, and an inline image keeps its content id', async () => {
  await using gateway = await startTestGateway();
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const attachments = [
    { ...attachment, content: bytes.toString('base64'), contentId: 'logo@shop' },
    { ...attachment, content: '' },
  ];

  const answer = await call(gateway, `POST ${path}`, {
    body: { emailId: 42, message: { ...message, attachments } },
  });

  const [first, second] = gateway.posted[0]?.attachments ?? [];
  assert.equal(answer.status, 200);
  assert.deepEqual(Buffer.from(first?.content ?? '', 'latin1'), bytes);
  assert.equal(first?.contentId, 'logo@shop');
  assert.equal(second?.content, '');
});

test('H06: with an attachment the body may be larger than without, up to its own limit', async () => {
  await using gateway = await startTestGateway();
  const send = (sizeBytes: number) =>
    call(gateway, `POST ${path}`, {
      body: {
        emailId: 42,
        message: { ...message, attachments: [{ ...attachment, content: 'A'.repeat(sizeBytes) }] },
      },
    });

  assert.equal((await send(150_000)).status, 200);
  assert.equal((await send(240_000)).status, 413);
});

test('null stands for a field that is not given', async () => {
  await using gateway = await startTestGateway();
  const none = { from: null, sendId: null, replyTo: null, cc: null, bcc: null };

  const answer = await call(gateway, `POST ${path}`, {
    body: { emailId: 42, message: { ...message, ...none }, contactProperties: null, customProperties: null },
  });

  assert.equal(answer.status, 200);
  assert.equal(gateway.posted[0]?.sendId, undefined);
});

function withAttachment(change: Record<string, unknown>, field: string) {
  const body = { emailId: 42, message: { ...message, attachments: [{ ...attachment, ...change }] } };
  return { body, field: `message.attachments.0.${field}` };
}
