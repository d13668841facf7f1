import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EmailPage, PublicEmail, SmtpApiTokenView } from '@posthorn/contracts';
import { errorOf } from './testing/error-of.ts';
import { call, startTestGateway, type TestGateway } from './testing/test-gateway.ts';

const sendPath = '/marketing/v3/transactional/single-email/send';
const emails = '/marketing/v3/emails';
const message = { to: 'jdoe@example.com' };

test('a send takes its email id as text, numbers and booleans as properties, and a subject that HubSpot ignores', async () => {
  await using gateway = await startTestGateway();
  const body = `{"emailId":"42","message":{"to":"jdoe@example.com","subject":"x"},
    "contactProperties":{"age":5,"vip":true,"price":19.90,"tiny":1E-7,"name":"Jane"}}`;

  const answer = await call(gateway, `POST ${sendPath}`, { body });

  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('x-posthorn-ignored'), 'message.subject');
  assert.equal(gateway.posted[0]?.emailId, 42);
  assert.deepEqual(gateway.posted[0]?.contactProperties, {
    ...{ age: '5', vip: 'true', price: '19.90', tiny: '1E-7', name: 'Jane' },
  });
});

test('a number in place of text is carried digit by digit or refused, never rounded', async () => {
  await using gateway = await startTestGateway();
  const send = (properties: string, rest = '') =>
    call(gateway, `POST ${sendPath}`, {
      body: `{"emailId":42,"message":{"to":"jdoe@example.com"},"contactProperties":${properties}${rest}}`,
    });

  const many = await send('{"n":0.12345678901234567890123}');
  const whole = await send('{"n":12345678901234567890}');
  const large = await send(
    '{"n":0.1234567890123456789}',
    `,"customProperties":{"x":"${'x'.repeat(20_000)}"}`,
  );
  const custom = await send('{}', ',"customProperties":{"deep":[{"n":9007199254740993}]}');

  assert.deepEqual([many.status, whole.status, large.status, custom.status], [200, 400, 400, 400]);
  assert.deepEqual(errorOf(large.body).fields, ['contactProperties.n']);
  assert.deepEqual(
    gateway.posted.map(({ contactProperties }) => contactProperties['n']),
    ['0.12345678901234567890123'],
  );
});

test('an empty list counts as an empty map, as PHP writes it, at any place of a map', async () => {
  await using gateway = await startTestGateway();
  const body = { emailId: 42, message, contactProperties: [], customProperties: [] };
  const email = { name: 'n', content: { widgets: [], flexAreas: [], styleSettings: [] }, to: [], from: [] };

  const sent = await call(gateway, `POST ${sendPath}`, { body });
  const created = await call(gateway, `POST ${emails}`, { body: email });

  assert.deepEqual([sent.status, created.status], [200, 201]);
  assert.deepEqual(gateway.posted[0]?.contactProperties, {});
  assert.deepEqual(PublicEmail.parse(created.body).content, {
    widgets: {},
    flexAreas: {},
    styleSettings: {},
  });
});

test('properties in the shape of the other API are refused, and the refusal shows the right one', async () => {
  await using gateway = await startTestGateway();
  const pairs = [{ name: 'order', value: '7' }];
  const map = { order: '7' };

  const v3 = await call(gateway, `POST ${sendPath}`, {
    body: { emailId: 42, message, customProperties: pairs },
  });
  const v1 = await call(gateway, 'POST /email/public/v1/singleEmail/send', {
    body: { emailId: '42', message, customProperties: map },
  });

  for (const answer of [v3, v1]) {
    assert.equal(answer.status, 400);
    assert.deepEqual(errorOf(answer.body).fields, ['customProperties']);
  }
  assert.match(errorOf(v3.body).message, /map of names to values/);
  assert.match(errorOf(v1.body).message, /list of names and values/);
});

test('booleans are taken as every client writes them, in a query and in a body', async () => {
  await using gateway = await startTestGateway();
  const yes = ['true', 'True', 'TRUE', '1'];
  const no = ['false', 'False', '0'];

  for (const flag of [...yes, ...no]) {
    const query = ['isPublished', 'archived', 'includeStats', 'workflowNames', 'marketingCampaignNames'];
    for (const name of query)
      assert.equal((await call(gateway, `GET ${emails}?${name}=${flag}`)).status, 200, `${name}=${flag}`);
    assert.equal((await call(gateway, `GET ${emails}/42?includeStats=${flag}`)).status, 200, flag);
  }
  for (const flag of [...yes, ...no, 1, 0, true, false]) {
    const body = { campaignName: 'Shop', createContact: flag };
    const answer = await call(gateway, 'POST /marketing/v3/transactional/smtp-tokens', { body });
    const isYes = yes.includes(String(flag));
    assert.equal(SmtpApiTokenView.parse(answer.body).createContact, isYes, String(flag));
  }
  for (const flag of ['yes', '2', 'truee', 'null'])
    assert.equal((await call(gateway, `GET ${emails}?archived=${flag}`)).status, 400, flag);
});

test('lists in a query may be repeated, or written with brackets or indexes, percent-encoded or not', async () => {
  await using gateway = await startTestGateway();
  const spellings = [
    'sort=-name&sort=name',
    'sort[]=-name',
    'sort[0]=-name&sort[1]=name',
    'sort%5B0%5D=-name',
  ];

  for (const query of spellings) {
    const answer = await call(gateway, `GET ${emails}?${query}`);
    assert.deepEqual([answer.status, answer.headers.get('x-posthorn-ignored')], [200, null], query);
    assert.deepEqual(gateway.listed.at(-1)?.sort, { field: 'name', descending: true }, query);
  }
  assert.equal((await call(gateway, `GET ${emails}?sort[0]=secret`)).status, 400);
});

test('a moment is taken with any offset, with none as UTC, without seconds or time, and as milliseconds', async () => {
  await using gateway = await startTestGateway();
  const same = [
    '2026-01-31T09:30:00Z',
    '2026-01-31T09:30:00.000000',
    '2026-01-31%2009:30',
    '2026-01-31T09:30:00%2B0000',
    '2026-01-31T10:30:00%2B01:00',
    '2026-01-31T10:30:00+01',
    '2026-01-31T04:30:00-0500',
    '2026-01-31%2009:30:00%20UTC',
    String(Date.UTC(2026, 0, 31, 9, 30)),
  ];

  for (const text of same) {
    const { status } = await call(gateway, `GET ${emails}?createdAfter=${text}`);
    assert.equal(status, 200, text);
    assert.equal(gateway.listed.at(-1)?.created?.afterMs, Date.UTC(2026, 0, 31, 9, 30), text);
  }
  for (const text of ['yesterday', '2026-02-30', '2026-01-31T25:00', '31.01.2026', '-1']) {
    const { status, body } = await call(gateway, `GET ${emails}?createdAfter=${text}`);
    assert.equal(status, 400, text);
    assert.match(errorOf(body).message, /date and time with an offset/);
  }
});

test('a parameter that nobody reads changes nothing and is named in X-Posthorn-Ignored', async () => {
  await using gateway = await startTestGateway();
  const unread = '?portalId=1&count=100&hapikey=&orderBy=x&_=1700000000&sort[$gt]=1&limit=';

  for (const path of [
    emails,
    `${emails}/42`,
    '/marketing/v3/transactional/smtp-tokens',
    '/email/public/v1/smtpapi/tokens',
  ]) {
    const answer = await call(gateway, `GET ${path}${unread}`);
    assert.equal(answer.status, 200, path);
    assert.match(
      answer.headers.get('x-posthorn-ignored') ?? '',
      /^portalId, count, hapikey, orderBy, _, sort%5B%24gt%5D/,
    );
  }
});

test('the header of ignored names stays short and safe, counts what it leaves out, and holds no value', async () => {
  await using gateway = await startTestGateway();
  const unread = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, 'secret']));
  const odd = { 'a\r\nX: y': 'secret', 'é😀': 'secret', [`n${'x'.repeat(5_000)}`]: 'secret' };

  const { status, headers } = await call(gateway, `POST ${sendPath}`, {
    body: { emailId: 42, message, ...odd, ...unread },
  });

  const names = headers.get('x-posthorn-ignored') ?? '';
  assert.equal(status, 200);
  assert.ok(names.length <= 1_000);
  assert.match(names, /^a%0D%0AX%3A%20y, %C3%A9%F0%9F%98%80, nx{99}, field0, .*, \+\d+$/);
  assert.doesNotMatch(names, /secret/);
});

test('a refusal names what was ignored too, so that a misspelled field is found', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, `POST ${sendPath}`, { body: { emailId: 42, mesage: message } });

  assert.deepEqual([answer.status, errorOf(answer.body).fields], [400, ['message']]);
  assert.equal(answer.headers.get('x-posthorn-ignored'), 'mesage');
});

test('under /v1 unknown fields and parameters are refused, and text is no number', async () => {
  await using gateway = await startTestGateway();
  const send = { emailId: 42, message };

  const answers = await Promise.all([
    call(gateway, 'GET /v1/suppressions?nonsense=1'),
    call(gateway, 'POST /v1/suppressions', { body: { email: 'a@example.com', nonsense: 1 } }),
    call(gateway, 'POST /v1/sends', { body: { sends: [send], nonsense: 1 } }),
  ]);
  const loose = await call(gateway, 'POST /v1/sends', {
    body: {
      sends: [
        { ...send, emailId: '42' },
        { ...send, nonsense: 1 },
        { ...send, contactProperties: [] },
      ],
    },
  });

  for (const { status, headers } of answers)
    assert.deepEqual([status, headers.get('x-posthorn-ignored')], [400, null]);
  assert.deepEqual([loose.status, Object(loose.body).refused], [207, 3]);
});

test('a page of emails has 100 unless limit says otherwise, and campaign chooses', async () => {
  await using gateway = await startTestGateway();
  for (let index = 0; index < 105; index += 1)
    gateway.putEmail({ accountId: 1, emailId: 2_000 + index, draft: { campaign: 'spring' } });

  const page = EmailPage.parse((await call(gateway, `GET ${emails}/`)).body);
  await call(gateway, `GET ${emails}?campaign=f0dba5a2-0b6e-4a5a-9a57-0f6a5f3f9d11&type=AB_EMAIL&type=X`);

  assert.equal(page.results.length, 100);
  assert.equal(gateway.listed.at(-1)?.campaign, 'f0dba5a2-0b6e-4a5a-9a57-0f6a5f3f9d11');
  assert.deepEqual(gateway.listed.at(-1)?.types, ['AB_EMAIL', 'X']);
});

for (const [field, value] of Object.entries({
  rssData: { blogLayout: 'x' },
  testing: { abStatus: 'x' },
  language: 'klingon',
  webversion: { expiresAt: 'soon' },
  to: { contactIds: { include: 'all' } },
  content: { styleSettings: { primaryFontSize: 'large' } },
  subcategory: 'automated_email',
}))
  test(`${field}: a value that HubSpot does not have is refused, so that no list becomes unreadable`, async () => {
    await using gateway = await startTestGateway();

    const answer = await call(gateway, `POST ${emails}`, { body: { name: 'n', [field]: value } });

    assert.equal(answer.status, 400);
    assert.ok(errorOf(answer.body).fields[0]?.startsWith(field));
  });

test('what an older release stored comes out in HubSpot’s types, or not at all', async () => {
  await using gateway = await startTestGateway();
  const draft = {
    ...{ subject: 's', language: 'klingon', publishDate: 'soon', campaign: 'spring' },
    rssData: { blogLayout: 'x', url: 'https://shop.example' },
    to: { contactIds: { include: [5] }, more: 1 },
    content: { html: '<p>', styleSettings: { primaryFontSize: 'large', bodyColor: '#fff' } },
  };
  gateway.putEmail({
    accountId: 1,
    emailId: 43,
    subcategory: 'automated_email',
    type: 'AUTOMATED_EMAIL',
    draft,
  });

  const email = PublicEmail.parse((await call(gateway, `GET ${emails}/43`)).body);

  const { type, language, publishDate, campaign, rssData, to, content } = email;
  assert.deepEqual([type, language, publishDate, campaign], ['BATCH_EMAIL', undefined, undefined, 'spring']);
  assert.deepEqual(rssData, { url: 'https://shop.example' });
  assert.deepEqual(to, { contactIds: { include: ['5'] } });
  assert.deepEqual(content, { html: '<p>', styleSettings: { bodyColor: '#fff' } });
});

test('the kind of an email may change until it is published, and not afterwards', async () => {
  await using gateway = await startTestGateway();
  const id = await create(gateway, { name: 'n', type: 'AB_EMAIL', subcategory: 'batch' });
  const change = (subcategory: string) => call(gateway, `PATCH ${emails}/${id}`, { body: { subcategory } });

  const before = await change('single_send_api');
  gateway.putEmail({
    accountId: 1,
    emailId: Number(id),
    publishedVersion: 1,
    subcategory: 'single_send_api',
  });
  const after = await change('automated');
  const same = await change('single_send_api');

  assert.equal(PublicEmail.parse(before.body).type, 'SINGLE_SEND_API');
  assert.deepEqual([after.status, errorOf(after.body).fields], [400, ['subcategory']]);
  assert.equal(same.status, 200);
});

async function create(gateway: TestGateway, body: unknown): Promise<string> {
  return PublicEmail.parse((await call(gateway, `POST ${emails}`, { body })).body).id;
}
