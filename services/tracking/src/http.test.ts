import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import type { Event } from '@posthorn/contracts';
import { createKeyring, createTrackingTokens, readClickToken, readTrackingToken } from '@posthorn/mail';
import { createFakeClock, listen, silentLogger } from '@posthorn/runtime';
import { repeatWindowMs } from './hit-event.ts';
import { createTrackingServer } from './http.ts';
import { createLinkBursts } from './machines/link-bursts.ts';

const keyring = createKeyring([{ id: 1, secret: 'a secret of at least 32 bytes for tests' }]);
const clock = createFakeClock(Date.UTC(2026, 0, 6, 10, 30));
/** Accepted one minute before `clock`'s now: the first 48 bits are the time. */
const statusId = statusIdAt(clock.nowMs() - 60_000);
const tokens = createTrackingTokens(keyring, { statusId, accountId: 20_000_001, emailId: 4_126_643_121 });
const target = 'https://shop.example/orders/6?a=1&b=2#top';
const openPath = `/t/o/${tokens.open()}.gif`;
const clickPath = `/t/c/${tokens.click(3, target)}`;

const { base, recorded, stop } = await setUp();
after(stop);

test('the pixel is a 43-byte GIF that nobody may keep, and the open is recorded', async () => {
  const res = await get(openPath, { headers: { 'user-agent': 'Mozilla/5.0 (X11) Firefox/140.0' } });

  assert.equal(res.status, 200);
  assert.equal(res.headers.get('content-type'), 'image/gif');
  assert.match(res.headers.get('cache-control') ?? '', /no-store/);
  const bytes = Buffer.from(await res.arrayBuffer());
  assert.equal(bytes.length, 43);
  assert.equal(bytes.subarray(0, 6).toString(), 'GIF89a');
  const { id, ...event } = last();
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(event, {
    type: 'OPEN',
    accountId: 20_000_001,
    statusId,
    emailId: 4_126_643_121,
    atMs: clock.nowMs(),
    userAgent: 'Mozilla/5.0 (X11) Firefox/140.0',
    ipAddress: '127.0.0.0',
    verdict: { machine: false, reason: 'none' },
  });
});

test('hits of one link within a minute share their event, a person’s and a machine’s apart, and later ones do not', async () => {
  const before = recorded.length;
  const curl = { headers: { 'user-agent': 'curl/8.5.0' } };
  const firefox = { headers: { 'user-agent': 'Mozilla/5.0 (X11) Firefox/140.0' } };
  for (const init of [firefox, firefox, curl, curl]) await get(clickPath, init);
  clock.advance(repeatWindowMs);
  await get(clickPath, firefox);

  const ids = recorded.slice(before).map(({ id }) => id);

  assert.equal(ids[0], ids[1]);
  assert.equal(ids[2], ids[3]);
  assert.equal(new Set(ids).size, 3);
});

test('a forged, absent or cut pixel token gets the same picture and is not recorded (K02)', async () => {
  const whole = await bytesOf(openPath);
  const count = recorded.length;

  for (const path of [
    '/t/o/',
    '/t/o/.gif',
    '/t/o/x.gif',
    openPath.replace('.gif', 'A.gif'),
    openPath.slice(0, -9),
    clickPath.replace('/t/c/', '/t/o/'),
  ]) {
    assert.deepEqual(await bytesOf(path), whole, path);
  }

  assert.equal(recorded.length, count);
});

test('a HEAD of the pixel answers like GET without a body and is a machine (K02)', async () => {
  const res = await get(openPath, { method: 'HEAD' });

  assert.equal(res.status, 200);
  assert.equal(res.headers.get('content-length'), '43');
  assert.deepEqual(last().verdict, { machine: true, reason: 'head-request' });
});

test('a click redirects to its target, is not kept, tells no referrer and is recorded', async () => {
  const res = await get(clickPath, {
    headers: { 'user-agent': 'Mozilla/5.0 (X11) Firefox/140.0', referer: 'https://mail.example/' },
  });

  assert.equal(res.status, 302);
  assert.equal(res.headers.get('location'), target);
  assert.equal(res.headers.get('referrer-policy'), 'no-referrer');
  assert.equal(res.headers.get('cache-control'), 'no-store');
  assert.match(res.headers.get('x-robots-tag') ?? '', /noindex/);
  const event = last();
  assert.ok(event.type === 'CLICK');
  assert.deepEqual([event.url, event.linkIndex, event.referer], [target, 3, 'https://mail.example/']);
  assert.deepEqual(event.verdict, { machine: false, reason: 'none' });
});

test('a query that a program added to the link changes nothing', async () => {
  const res = await get(`${clickPath}?utm_source=x`);

  assert.equal(res.headers.get('location'), target);
});

test('a click token that was changed in any byte or way answers the static 404 and never redirects (K01)', async () => {
  const token = clickPath.slice('/t/c/'.length);
  const count = recorded.length;
  const flipped = [...token].map(
    (character, at) => token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1),
  );
  const tampered = [
    ...flipped,
    ...[1, 2, 8, token.length - 1].map((length) => token.slice(0, -length)),
    '',
    `${token}A`,
    `${token}=`,
    `${token}/..`,
    encodeURIComponent(`${token}=`),
    token.replace(/^./, '%41'),
    tokens.open(),
    ...[
      'https:%2f%2fevil.example',
      '//evil.example',
      '\\\\evil.example',
      'https:evil.example',
      'javascript:alert(1)',
    ],
    'https://shop.example@evil.example/',
    '%0d%0aLocation:%20https://evil.example',
  ];

  const answers = await Promise.all(tampered.map((text) => get(`/t/c/${text}`)));

  const pages = new Set(await Promise.all(answers.map((res) => res.text())));
  assert.ok(answers.every((res) => res.status === 404 && !res.headers.has('location')));
  assert.equal(pages.size, 1);
  assert.ok(!`${[...pages]}`.includes('evil'));
  assert.equal(recorded.length, count);
});

test('a mail program that takes punctuation behind the link along still gets to the target, and the click counts', async () => {
  for (const end of [')', ').', '%29', '%3E', '%E3%80%82']) {
    const count = recorded.length;

    const res = await get(clickPath + end);

    assert.equal(res.headers.get('location'), target, end);
    assert.equal(recorded.length, count + 1);
  }
});

test('a click token of another key is not ours (K01)', async () => {
  const other = createKeyring([{ id: 1, secret: 'another secret of at least 32 bytes!' }]);
  const forged = createTrackingTokens(other, { statusId, accountId: 1, emailId: 1 }).click(
    0,
    'https://evil.example/',
  );

  assert.equal((await get(`/t/c/${forged}`)).status, 404);
});

test('a hit by HTTPS is told to stay there', async () => {
  const byHttps = await get('/robots.txt', { headers: { 'x-forwarded-proto': 'https' } });

  assert.match(byHttps.headers.get('strict-transport-security') ?? '', /^max-age=\d{8}$/);
  assert.equal((await get('/robots.txt')).headers.get('strict-transport-security'), null);
});

test('a replayed click redirects again, and after a minute it is an event of its own (K01)', async () => {
  await get(clickPath);
  const first = last();
  assert.equal((await get(clickPath)).headers.get('location'), target);
  assert.equal(last().id, first.id);
  clock.advance(repeatWindowMs);
  assert.equal((await get(clickPath)).headers.get('location'), target);

  assert.notEqual(last().id, first.id);
  assert.equal(last().statusId, first.statusId);
});

test('the third different link of a send within two seconds is a scanner (B9)', async () => {
  const send = createTrackingTokens(keyring, {
    statusId: statusIdAt(clock.nowMs() - 90_000),
    accountId: 1,
    emailId: 1,
  });
  const reasons: string[] = [];
  for (const index of [0, 1, 2]) {
    await get(`/t/c/${send.click(index, target)}`, {
      headers: { 'user-agent': 'Mozilla/5.0 (X11) Firefox/140.0' },
    });
    reasons.push(last().verdict.reason);
  }

  assert.deepEqual(reasons, ['none', 'none', 'burst']);
});

test('other methods are refused with 405 (K02)', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    for (const path of [openPath, clickPath, '/']) {
      const res = await get(path, { method });
      assert.equal(res.status, 405);
      assert.equal(res.headers.get('allow'), 'GET, HEAD');
    }
  }
});

test('a URL longer than any token answers 414', async () => {
  assert.equal((await get(`/t/c/${'A'.repeat(12_000)}`)).status, 414);
});

test('robots are told to stay away, and everything else is 404', async () => {
  assert.match(await (await get('/robots.txt')).text(), /Disallow: \/$/m);
  for (const path of ['/', '/favicon.ico', '/t', '/t/o', '/t/x/y', '/..%2f..%2fetc/passwd', '/t/c']) {
    assert.equal((await get(path)).status, 404, path);
  }
});

test('bytes that are no HTTP get no answer but an error, and the server goes on', async () => {
  for (const bytes of [
    '\u0000\u0001\u0002\r\n\r\n',
    `GET /t/o/x HTTP/1.1\r\nhost: x\r\nuser-agent: a\r\n b\u0000\r\n\r\n`,
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  ]) {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(bytes);
    socket.resume();
    await once(socket, 'close');
  }

  assert.equal((await get('/robots.txt')).status, 200);
});

test('a header of thousands of characters is cut before it is recorded', async () => {
  await get(openPath, { headers: { 'user-agent': 'U'.repeat(9_000) } });

  assert.equal(last().userAgent?.length, 1_000);
});

test('a stopping server answers what was asked and lets go of clients that never pause', async () => {
  const { base: url, stop: stopIt } = await setUp();
  const port = Number(new URL(url).port);
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const ask = () => void socket.write('GET /robots.txt HTTP/1.1\r\nhost: x\r\n\r\n');
  socket.on('data', ask).on('error', () => undefined);
  ask();
  await once(socket, 'data');

  await stopIt();

  await closed;
});

async function setUp() {
  const recorded: Event[] = [];
  const server = createTrackingServer({
    readOpenToken: (token) => readTrackingToken(keyring, token),
    readClickToken: (token) => readClickToken(keyring, token),
    record: async (event) => void recorded.push(event),
    hits: { clock, bursts: createLinkBursts(), ip: { privacy: 'truncated', isProxyTrusted: false } },
    handleHealth: () => false,
    log: silentLogger,
  });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 });
  const stop = () => listening[Symbol.asyncDispose]();
  return { base: `http://127.0.0.1:${listening.port}`, recorded, stop };
}

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(base + path, { redirect: 'manual', ...init });
}

async function bytesOf(path: string): Promise<Buffer> {
  const res = await get(path);
  assert.equal(res.status, 200);
  return Buffer.from(await res.arrayBuffer());
}

function last(): Extract<Event, { type: 'OPEN' | 'CLICK' }> {
  const event = recorded.at(-1);
  assert.ok(event?.type === 'OPEN' || event?.type === 'CLICK');
  return event;
}

function statusIdAt(atMs: number): string {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-8000-8000-000000000000`;
}
