import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { type MailboxUnderTest, setUpMailbox } from './testing/set-up-mailbox.ts';
import { smallMessage } from './testing/smtp-client.ts';

const attack = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';

test('X01: markup in subject, names, headers, file names and searches is shown as text on every page', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['ann@example.com'], hostileMessage());
  const id = (await box.list()).messages[0]?.ID;
  const pages = [
    '/',
    `/?q=${encodeURIComponent(attack)}`,
    ...['html', 'text', 'raw', 'headers', 'attachments'].map((tab) => `/view/${id}?tab=${tab}`),
  ];

  for (const path of pages) {
    const page = await (await box.get(path)).text();
    assert.doesNotMatch(page, /<script>alert|<img src=x/, path);
    assert.match(page, /&#60;script&#62;alert\(1\)/, path);
  }
});

test('X01: a message’s HTML is served for a sandboxed frame only, where nothing runs and the open pixel loads', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['ann@example.com'], hostileMessage());
  const id = (await box.list()).messages[0]?.ID;

  const page = await (await box.get(`/view/${id}`)).text();
  const frame = await box.get(`/view/${id}.html`);

  assert.match(page, /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
  const policy = frame.headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; img-src \* data:; style-src 'unsafe-inline'; /);
  assert.match(policy, /sandbox allow-popups allow-popups-to-escape-sandbox$/);
  const document = await frame.text();
  assert.match(document, /^<!doctype html><base target="_blank">/);
  assert.match(document, /<p>Hello<\/p>/);
});

test('every page forbids whatever comes from elsewhere', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['ann@example.com'], smallMessage('x'));

  for (const path of ['/', '/view/latest', '/nowhere', '/api/v1/messages', '/assets/mailbox.css']) {
    const { headers } = await box.get(path);
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
      path,
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('pages load nothing that is not served here', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['ann@example.com'], smallMessage('x'));

  for (const path of ['/', '/view/latest']) {
    const page = await (await box.get(path)).text();
    const loaded = [...page.matchAll(/<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"/g)].map(
      ([, url = '']) => url,
    );
    assert.ok(loaded.length >= 3);
    for (const url of loaded) assert.equal((await box.get(url)).status, 200, url);
    assert.ok(loaded.every((url) => /^\/\w/.test(url)));
  }
});

test('inline images are placed in the frame', async () => {
  await using box = await setUpMailbox();
  const mime =
    'Subject: cid\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<img src="cid:a@b">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a@b>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n.\r\n';
  await box.client.deliver(['ann@example.com'], mime);

  const document = await (await box.get('/view/latest.html')).text();

  assert.match(document, /<img src="data:image\/png;base64,AAEC">/);
});

test('the authentication strip tells domain and selector of a DKIM signature, or that there is none', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['ann@example.com'], smallMessage('unsigned'));
  const unsigned = await (await box.get('/view/latest')).text();
  await box.client.deliver(
    ['ann@example.com'],
    smallMessage('signed', 'x', ['DKIM-Signature: v=1; a=rsa-sha256; d=example.com;\r\n s=ph1; bh=x; b=y']),
  );

  const signed = await (await box.get('/view/latest')).text();

  assert.match(unsigned, /No DKIM signature/);
  assert.match(signed, /DKIM signature present.*<code>example\.com<\/code>.*<code>ph1<\/code>/s);
});

test('unknown messages and pages answer 404 with a page', async () => {
  await using box = await setUpMailbox();

  for (const path of [
    '/view/nope',
    '/view/nope.html',
    '/view/nope.txt',
    '/nowhere',
    '/assets/nope.css',
    '/assets/..%2f..%2fmain.ts',
  ]) {
    const answer = await box.get(path);
    assert.equal(answer.status, 404, path);
    assert.match(await answer.text(), /not found/, path);
  }
});

test('a message that is no MIME at all can still be looked at', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(
    ['ann@example.com'],
    Buffer.from('\xff\xfe\x00Content-Type: multipart/mixed\r\n\r\n--\r\n.\r\n', 'latin1'),
  );

  for (const tab of ['html', 'text', 'raw', 'headers', 'attachments', 'nonsense']) {
    assert.equal((await box.get(`/view/latest?tab=${tab}`)).status, 200, tab);
  }
});

test('a form deletes one message, those found, or all', async () => {
  await using box = await setUpMailbox();
  for (const subject of ['one', 'two', 'three'])
    await box.client.deliver(['a@example.com'], smallMessage(subject));
  const post = (fields: Record<string, string>) =>
    box.get('/delete', { method: 'POST', body: new URLSearchParams(fields) });
  const left = async () => (await box.list()).messages.map(({ Subject }) => Subject);

  await post({ id: (await box.message()).ID });
  assert.deepEqual(await left(), ['two', 'one']);
  await post({ q: 'subject:one' });
  assert.deepEqual(await left(), ['two']);
  await post({ q: '' });
  assert.deepEqual(await left(), []);
});

test('X02: another site’s page can neither read nor delete, under whatever name it reaches the mailbox', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['a@example.com'], smallMessage('kept'));

  assert.equal(
    await statusOf(box, 'POST', '/delete', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
    403,
  );
  assert.equal(
    await statusOf(box, 'GET', '/api/v1/messages', {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'cors',
    }),
    403,
  );
  assert.equal(await statusOf(box, 'GET', '/api/v1/messages', { host: 'rebound.example.com' }), 403);
  assert.equal(
    await statusOf(box, 'GET', '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
    200,
  );
  assert.equal(await statusOf(box, 'GET', '/', { host: 'localhost:8025' }), 200);
  assert.equal((await box.list()).total, 1);
});

test('an open list hears of new mail', async () => {
  await using box = await setUpMailbox();
  const answer = await box.get('/events');
  const events = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  await box.client.deliver(['a@example.com'], smallMessage('news'));

  let heard = '';
  while (!heard.includes('event: change')) heard += (await events?.read())?.value ?? '';

  assert.match(heard, /data: {"total":1}/);
  await events?.cancel();
});

function hostileMessage(): string {
  return [
    `From: "${attack.replaceAll('"', '')}" <m@example.com>`,
    'To: "<b>x</b>" <ann@example.com>',
    `Subject: ${attack}`,
    `X-Trap: ${attack}`,
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html',
    '',
    `<!doctype html><p>Hello</p>${attack}`,
    '--b',
    'Content-Type: text/plain',
    '',
    attack,
    '--b',
    'Content-Type: application/octet-stream',
    `Content-Disposition: attachment; filename="${attack.replaceAll('"', '')}"`,
    '',
    'x',
    '--b--',
    '.',
    '',
  ].join('\r\n');
}

function statusOf(
  box: MailboxUnderTest,
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(`${box.mailbox.httpUrl}${path}`, { method, headers }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  });
  sent.on('error', reject).end();
  return promise;
}
