import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorBody } from '@posthorn/contracts';
import { compileEmail } from '@posthorn/mail/template';
import { call, startTestGateway } from '../testing/test-gateway.ts';

/** What stands in for any value of a good body, one at a time. */
const nasty: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  '',
  '\0',
  '\u202e',
  'x'.repeat(70_000),
  [],
  [[[]]],
  {},
  { $gt: '' },
  { length: -1 },
  { toString: 1, valueOf: 1, toJSON: 1 },
  { hasOwnProperty: 1 },
];

const send = {
  emailId: 42,
  message: {
    to: 'jdoe@example.com',
    from: 'a@example.com',
    sendId: 's',
    replyTo: ['a@example.com'],
    cc: ['b@example.com'],
    attachments: [{ filename: 'a', contentType: 'text/plain', content: 'aGk=', contentId: 'c' }],
  },
  contactProperties: { a: 'b' },
  customProperties: { a: { b: ['c'] } },
};
const email = {
  name: 'n',
  subject: 's',
  from: { fromName: 'f', replyTo: 'a@example.com', customReplyTo: 'b@example.com' },
  content: {
    html: '<p>',
    widgets: { a: { order: 1, body: { html: 'x' } } },
    flexAreas: { main: { widgets: ['a'] } },
  },
  businessUnitId: 1,
  folderIdV2: '1',
  publishDate: '2026-01-01T00:00:00Z',
};

const bodies: Readonly<Record<string, object>> = {
  'POST /marketing/v3/transactional/single-email/send': send,
  'POST /v1/sends': { sends: [send] },
  'POST /email/public/v1/singleEmail/send': {
    emailId: 42,
    message: { to: 'a@example.com', replyTo: 'b@example.com', replyToList: ['c@example.com'] },
    contactProperties: [{ name: 'a', value: 'b' }],
    customProperties: [{ name: 'a', value: { b: 1 } }],
  },
  'POST /marketing/v3/emails': email,
  'PATCH /marketing/v3/emails/42': email,
};

for (const [target, good] of Object.entries(bodies)) {
  test(`${target}: whatever stands for any value of its body, the answer is no 5xx and in the shape of ours`, async () => {
    const bugs: unknown[] = [];
    await using gateway = await startTestGateway({
      compile: compileEmail,
      onError: (fields) => bugs.push(fields),
    });

    for (const body of variants(good)) {
      const answer = await call(gateway, target, { body });
      if (answer.status >= 300) ErrorBody.parse(answer.body);
      if (answer.status === 201)
        await call(gateway, `POST /marketing/v3/emails/${Object(answer.body).id}/publish`);
      assert.ok(answer.status < 500, JSON.stringify(body).slice(0, 300));
    }
    await call(gateway, 'POST /marketing/v3/emails/42/publish');

    assert.deepEqual(bugs, []);
  });
}

/** The value with each of its parts replaced by each nasty value, in turn. */
function* variants(value: unknown): Generator<unknown> {
  yield* nasty;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    for (const variant of variants(inner)) {
      if (Array.isArray(value)) yield value.with(Number(key), variant);
      else yield { ...value, [key]: variant };
    }
  }
}
