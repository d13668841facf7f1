import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EmailPage, PublicEmail } from '@posthorn/contracts';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const base = '/marketing/v3/emails';
const authored = {
  name: 'Receipt',
  subject: 'Your receipt',
  from: { fromName: 'Shop', replyTo: 'orders@shop.example' },
  content: { html: '<p>Thanks</p>', plainTextVersion: 'Thanks' },
};

test('an email is created with its name alone, as a single-send draft', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, `POST ${base}/`, { body: { name: 'Receipt' } });

  const email = PublicEmail.parse(answer.body);
  assert.equal(answer.status, 201);
  assert.deepEqual(
    [email.type, email.subcategory, email.state, email.isPublished, email.isTransactional],
    ['SINGLE_SEND_API', 'single_send_api', 'AUTOMATED_DRAFT', false, true],
  );
});

test('what is written comes back, with and without a slash at the end, as the email and as its draft', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, {
    ...authored,
    language: 'en',
    folderIdV2: '7',
    webversion: { enabled: true },
  });

  for (const path of [`${base}/${id}`, `${base}/${id}/`, `${base}/${id}/draft`]) {
    const { subject, from, content, language, folderIdV2, webversion } = PublicEmail.parse(
      (await call(gateway, `GET ${path}`)).body,
    );
    assert.deepEqual(
      { subject, from, content, language, folderIdV2, webversion },
      {
        subject: authored.subject,
        from: authored.from,
        content: authored.content,
        language: 'en',
        folderIdV2: 7,
        webversion: { enabled: true },
      },
    );
  }
});

test('a change replaces what is given, null takes away, the rest stays', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, { ...authored, campaign: 'spring' });

  const answer = await call(gateway, `PATCH ${base}/${id}/draft`, {
    body: { subject: 'Thanks', campaign: null },
  });

  const email = PublicEmail.parse(answer.body);
  assert.deepEqual([email.subject, email.campaign, email.name], ['Thanks', undefined, 'Receipt']);
});

test('publishing stores a version, points the email at it, and a send right after it uses it', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, authored);
  const send = () =>
    call(gateway, 'POST /marketing/v3/transactional/single-email/send', {
      body: { emailId: Number(id), message: { to: 'jdoe@example.com' } },
    });
  await send();

  const published = await call(gateway, `POST ${base}/${id}/publish`);
  await send();
  await call(gateway, `PATCH ${base}/${id}`, { body: { subject: 'Changed' } });
  await call(gateway, `POST ${base}/${id}/publish/`);
  await send();
  const unpublished = await call(gateway, `POST ${base}/${id}/unpublish`);
  await send();

  assert.deepEqual([published.status, published.body, unpublished.status], [204, undefined, 204]);
  assert.deepEqual(
    gateway.posted.map(({ version }) => version),
    [undefined, 1, 2, undefined],
  );
  assert.deepEqual(
    gateway.versions.map(({ subject }) => subject),
    ['Your receipt', 'Changed'],
  );
  assert.equal(gateway.versions[0]?.fromAddress, 'orders@shop.example');
});

test('publishing is refused where subject, HTML or a From address is missing or wrong, all told at once', async () => {
  await using gateway = await startTestGateway();
  const empty = await create(gateway, { name: 'Empty' });
  const wrong = await create(gateway, {
    ...authored,
    from: { replyTo: 'a@b <c@d.example>', customReplyTo: 'nobody' },
  });

  const answers = [
    await call(gateway, `POST ${base}/${empty}/publish`),
    await call(gateway, `POST ${base}/${wrong}/publish`),
  ];

  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400],
  );
  assert.deepEqual(errorOf(answers[0]?.body).fields, ['subject', 'content', 'from.replyTo']);
  assert.deepEqual(errorOf(answers[1]?.body).fields, ['from.replyTo', 'from.customReplyTo']);
  assert.equal(gateway.versions.length, 0);
});

test('a template that cannot be compiled is refused with the widget, line and column it is in', async () => {
  await using gateway = await startTestGateway({
    compile: () => ({
      kind: 'refused',
      problems: [{ field: 'html', line: 4, column: 7, message: 'no such filter' }],
    }),
  });
  const content = {
    widgets: {
      footer: { order: 2, body: { html: '<p>1</p>\n{{ x|nothing }}' } },
      main: { order: 1, body: { html: '<p>1</p>\n<p>2</p>' } },
    },
  };
  const id = await create(gateway, { ...authored, content });

  const answer = await call(gateway, `POST ${base}/${id}/publish`);

  assert.equal(answer.status, 400);
  assert.deepEqual(Object(answer.body).errors, [
    {
      message: 'no such filter (line 2, column 7)',
      code: 'INVALID_TEMPLATE',
      in: 'content.widgets.footer.body.html',
      context: { field: ['content.widgets.footer.body.html'], line: ['2'], column: ['7'] },
    },
  ]);
});

test('a batch email is kept and cannot be published', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, { ...authored, subcategory: 'batch' });

  const email = PublicEmail.parse((await call(gateway, `GET ${base}/${id}`)).body);
  const answer = await call(gateway, `POST ${base}/${id}/publish`);

  assert.deepEqual([email.type, email.state], ['BATCH_EMAIL', 'DRAFT']);
  assert.deepEqual(errorOf(answer.body).fields, ['subcategory']);
});

test('a state of one’s choice is refused, the one it is in is taken', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, { ...authored, state: 'AUTOMATED_DRAFT' });

  const same = await call(gateway, `PATCH ${base}/${id}`, { body: { state: 'AUTOMATED_DRAFT' } });
  const other = await call(gateway, `PATCH ${base}/${id}`, { body: { state: 'AUTOMATED' } });
  const archived = await call(gateway, `PATCH ${base}/${id}`, { body: { archived: true } });

  assert.deepEqual([same.status, other.status, archived.status], [200, 400, 400]);
});

test('a deleted email is gone, also for sends', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, authored);

  assert.equal((await call(gateway, `DELETE ${base}/${id}`)).status, 204);
  assert.equal((await call(gateway, `GET ${base}/${id}`)).status, 404);
  assert.equal((await call(gateway, `DELETE ${base}/${id}`)).status, 404);
});

test('A04: every call on another account’s email answers as if it were not there', async () => {
  await using gateway = await startTestGateway();
  const theirs = await create(gateway, authored, gateway.addKey(2, ['content']));
  const calls = (id: string | number) => [
    call(gateway, `GET ${base}/${id}`),
    call(gateway, `PATCH ${base}/${id}`, { body: { subject: 'x' } }),
    call(gateway, `GET ${base}/${id}/draft`),
    call(gateway, `POST ${base}/${id}/publish`),
    call(gateway, `POST ${base}/${id}/unpublish`),
    call(gateway, `DELETE ${base}/${id}`),
  ];

  const answers = await Promise.all([...calls(theirs), ...calls(999_999)]);

  const said = answers.map(({ status, body }) => JSON.stringify([status, errorOf(body)]));
  assert.equal(new Set(said).size, 1);
  assert.match(said[0] ?? '', /^\[404/);
});

test('pages follow a cursor to the end', async () => {
  await using gateway = await startTestGateway();
  for (let index = 0; index < 4; index += 1) await create(gateway, { name: `Email ${index}` });

  const first = EmailPage.parse((await call(gateway, `GET ${base}?limit=3`)).body);
  const second = EmailPage.parse(
    (await call(gateway, `GET ${base}/?limit=3&after=${first.paging?.next?.after}`)).body,
  );

  assert.deepEqual(
    [first.total, first.results.length, second.results.length, second.paging],
    [5, 3, 2, undefined],
  );
});

test('A09: limits, dates, sorts and cursors that are none are 400', async () => {
  await using gateway = await startTestGateway();
  for (let index = 0; index < 3; index += 1) await create(gateway, { name: `Email ${index}` });
  const page = EmailPage.parse((await call(gateway, `GET ${base}?limit=2`)).body);
  const cursor = page.paging?.next?.after ?? '';
  const queries = [
    'limit=-1',
    'limit=0',
    'limit=101',
    'limit=1000000000',
    'limit=NaN',
    'limit=1e1',
    'limit=1&limit=2',
    'createdAfter=yesterday',
    'createdAfter=99999-01-01T00:00:00Z',
    'sort=secret',
    'after=2',
    `after=3${cursor.slice(1)}`,
    `after=${'x'.repeat(501)}`,
  ];

  for (const query of queries) {
    const { status } = await call(gateway, `GET ${base}?${query}`);
    assert.equal(status, 400, query);
  }
  const theirs = await call(gateway, `GET ${base}?after=${cursor}`, { key: gateway.addKey(2, ['content']) });
  assert.equal(theirs.status, 400);
});

async function create(gateway: TestGateway, body: unknown, key = gateway.key): Promise<string> {
  return PublicEmail.parse((await call(gateway, `POST ${base}`, { body, key })).body).id;
}
