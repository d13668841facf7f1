import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ErrorBody } from '@posthorn/contracts';
import { call, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const path = '/marketing/v3/transactional/single-email/send';
const good = { emailId: 42, message: { to: 'jdoe@example.com' } };

test('A01: another content type or a compressed body is 415, a larger body than allowed 413, in the shape of every error', async () => {
  await using gateway = await startTestGateway();
  const post = (body: string | Buffer, headers: Record<string, string>) =>
    fetch(gateway.baseUrl + path, {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: { authorization: `Bearer ${gateway.key}`, ...headers },
    });
  const json = JSON.stringify(good);

  const answers = await Promise.all([
    post(json, { 'content-type': 'text/plain' }),
    post(json, { 'content-type': 'application/json; charset=latin1' }),
    post(gzipSync(json), { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
    post(`"${'x'.repeat(300_000)}"`, { 'content-type': 'application/json' }),
    post(JSON.stringify({ ...good, customProperties: { a: 'x'.repeat(150_000) } }), {
      'content-type': 'application/json',
    }),
  ]);

  assert.deepEqual(
    answers.map(({ status }) => status),
    [415, 415, 415, 413, 413],
  );
  for (const answer of answers) ErrorBody.parse(await answer.json());
  assert.equal(gateway.posted.length, 0);
});

test('A01: a content type with a charset of UTF-8 is taken in every spelling, and no other charset', async () => {
  await using gateway = await startTestGateway();
  const statusOf = async (type: string) => {
    const headers = { 'content-type': type };
    return (await call(gateway, `POST ${path}`, { body: JSON.stringify(good), headers })).status;
  };

  for (const rest of [
    ...[';charset=UTF-8', '; charset=utf8', ';charset="utf8"', "; Charset='utf-8' ", ';charset = utf-8;'],
    ...['; charset=us-ascii', '; charset=unicode-1-1-utf-8', '; version=1; charset=UTF8', ';'],
  ])
    assert.equal(await statusOf(`application/json${rest}`), 200, rest);
  for (const type of ['application/json; charset=utf-16', 'application/jsonp', 'text/json; charset=utf-8'])
    assert.equal(await statusOf(type), 415, type);
});

test('A01: no body at all is 400 or 415, never a hang', async () => {
  await using gateway = await startTestGateway();
  const headers = { 'content-type': 'application/json' };

  assert.equal((await call(gateway, `POST ${path}`, { headers })).status, 400);
  assert.equal((await call(gateway, `POST ${path}`)).status, 415);
});

test('A08: traversal, NUL, overlong UTF-8 and nonsense in a path are 400 or 404', async () => {
  await using gateway = await startTestGateway();
  const ids = [
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%c0%af',
    '%ff',
    '%',
    'a%2Fb',
    "1' or 1=1",
    '9'.repeat(400),
    '1e3',
    '-1',
  ];

  for (const id of ids) {
    const status = Number(
      (await raw(gateway, [get(gateway, `/marketing/v3/emails/${id.replaceAll(' ', '%20')}`)])).slice(9, 12),
    );
    assert.ok(status === 400 || status === 404, `${id}: ${status}`);
  }
});

test('A08: headers that are too large are 431, smuggling and garbage 400, all as JSON', async () => {
  await using gateway = await startTestGateway();
  const smuggled = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;

  const answers = await Promise.all([
    raw(gateway, [`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`]),
    raw(gateway, [smuggled]),
    raw(gateway, ['NONSENSE\r\n\r\n']),
    raw(gateway, ['GET / HTTP/1.1\r\n\r\n']),
  ]);

  assert.deepEqual(
    answers.map((answer) => answer.slice(9, 12)),
    ['431', '400', '400', '400'],
  );
  for (const answer of answers) ErrorBody.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''));
});

test('A08: no Host, two, or one that is none, an expectation and a tunnel are refused in the shape of every error', async () => {
  await using gateway = await startTestGateway();
  const rest = `Authorization: Bearer ${gateway.key}\r\nConnection: close\r\n\r\n`;
  const requests = {
    400: [
      `GET /v1/account HTTP/1.1\r\n${rest}`,
      `GET /v1/account HTTP/1.1\r\nHost: a\r\nHost: a\r\n${rest}`,
      `GET /v1/account HTTP/1.1\r\nHost: a b/c\r\n${rest}`,
      `GET /v1/account HTTP/9.9\r\nHost: a\r\n${rest}`,
    ],
    417: [`GET /v1/account HTTP/1.1\r\nHost: x\r\nExpect: something\r\n${rest}`],
    405: [`CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n${rest}`],
    200: [`GET /v1/account HTTP/1.0\r\n${rest}`, `GET /v1/account HTTP/1.1\r\nHost: [::1]:80\r\n${rest}`],
  };

  for (const [status, texts] of Object.entries(requests))
    for (const text of texts) {
      const answer = await raw(gateway, [text]);
      assert.equal(answer.slice(9, 12), status, text);
      if (status !== '200') ErrorBody.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''));
    }
});

test('a path that is not there is 404, a method that is not there 405 with Allow', async () => {
  await using gateway = await startTestGateway();

  const nowhere = await call(gateway, 'GET /nowhere', { key: null });
  const wrongMethod = await call(gateway, `DELETE ${path}`, { key: null });

  assert.equal(nowhere.status, 404);
  assert.equal(ErrorBody.parse(nowhere.body).category, 'OBJECT_NOT_FOUND');
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.headers.get('allow'), 'POST');
});

test('every answer has a correlation id: the caller’s own where it is a UUID, and the body’s is the header’s', async () => {
  await using gateway = await startTestGateway();
  const own = 'aeb5f871-7f07-4993-9211-075dc63e7cbf';

  const given = await call(gateway, 'GET /v1/account', { headers: { 'x-correlation-id': own } });
  const forged = await call(gateway, 'GET /nowhere', { headers: { 'x-correlation-id': '"},{"level":"x' } });

  assert.equal(given.headers.get('x-hubspot-correlation-id'), own);
  assert.equal(ErrorBody.parse(forged.body).correlationId, forged.headers.get('x-hubspot-correlation-id'));
});

test('an answer tells nothing of what it runs on', async () => {
  await using gateway = await startTestGateway();

  const { headers } = await call(gateway, 'GET /v1/account');

  assert.equal(headers.get('x-powered-by'), null);
  assert.equal(headers.get('server'), null);
});

test('a bug is 500 without a word of it, and is logged once with its stack', async () => {
  const lines: unknown[] = [];
  await using gateway = await startTestGateway({ onError: (fields) => lines.push(fields) });
  gateway.postbox.post = async () => {
    throw new TypeError('secret detail');
  };

  const answer = await call(gateway, `POST ${path}`, { body: good });

  assert.equal(answer.status, 500);
  assert.doesNotMatch(JSON.stringify(answer.body), /secret/);
  assert.equal(lines.length, 1);
});

test('no address, subject, property or key gets into a log, whatever goes wrong', async () => {
  const lines: string[] = [];
  await using gateway = await startTestGateway({ onLog: (line) => lines.push(line) });
  const canary = 'canary@secret.example';
  const bodies = [
    { emailId: 42, message: { to: canary } },
    { emailId: 42, message: { to: canary, [canary]: 1 }, contactProperties: { name: canary } },
    `{"emailId": ${canary}`,
    {
      emailId: 43,
      message: { to: canary, attachments: [{ filename: canary, contentType: canary, content: canary }] },
    },
  ];

  for (const away of [{ redis: false }, { redis: true }, { mongodb: true }]) {
    Object.assign(gateway.away, away);
    for (const body of bodies) await call(gateway, `POST ${path}`, { body });
    await call(gateway, `GET /marketing/v3/emails?q=${canary}&hapikey=${gateway.key}`);
  }

  assert.ok(lines.length > 0);
  for (const line of lines) assert.ok(!line.includes(canary) && !line.includes(gateway.key), line);
});

test('closing lets the calls under way end, and does not wait for clients that keep their connection', async () => {
  const gateway = await startTestGateway();
  const post = gateway.postbox.post;
  const held = Promise.withResolvers<void>();
  const isPosting = Promise.withResolvers<void>();
  gateway.postbox.post = async (item) => {
    isPosting.resolve();
    await held.promise;
    await post(item);
  };
  const underWay = call(gateway, `POST ${path}`, { body: good });
  await isPosting.promise;

  const closed = gateway[Symbol.asyncDispose]();
  held.resolve();
  const startedAtMs = performance.now();
  const answer = await underWay;
  await closed;

  assert.equal(answer.status, 200);
  assert.ok(performance.now() - startedAtMs < 2_000);
});

test('what came in by HTTPS is told to stay there, refusals too', async () => {
  await using gateway = await startTestGateway();
  const hstsOf = async (headers: Record<string, string>) =>
    (await call(gateway, 'GET /nothing', { headers })).headers.get('strict-transport-security');

  assert.match((await hstsOf({ 'x-forwarded-proto': 'https' })) ?? '', /^max-age=\d{8}$/);
  assert.equal(await hstsOf({}), null);
});

function get(gateway: TestGateway, target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${gateway.key}\r\n\r\n`;
}

/** Speaks to the port without an HTTP client, which would refuse to send such things. */
async function raw({ port }: TestGateway, parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const done = () => resolve(Buffer.concat(chunks).toString());
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (/\r\n\r\n\{.*\}$/s.test(chunk.toString())) done();
  });
  socket.on('close', done);
  socket.on('error', done);
  for (const part of parts) socket.write(part);
  const text = await promise;
  socket.destroy();
  return text;
}
