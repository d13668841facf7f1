import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { day, reportWorld } from '../testing/report-world.ts';
import { until } from '../testing/until.ts';

const hourMs = 3_600_000;

test('B11 of three processes one sends each report: by HTTPS as the RFC has it', async () => {
  await using world = await reportWorld();
  const { web, due } = world;
  for (let at = 0; at < 20; at += 1)
    await world.count(`d${at}.example`, `https://rep.example:${web.port}/in/${at}?x=1`);

  await using _one = await world.start();
  await using _two = await world.start();
  await using _three = await world.start();
  await until(async () => (await due()).length === 0);

  const paths = web.posted.map(({ path }) => path);
  assert.deepEqual([paths.length, new Set(paths).size], [20, 20]);
  const [first] = web.posted;
  assert.deepEqual([first?.type, first?.host], ['application/tlsrpt+gzip', `rep.example:${web.port}`]);
  const report = JSON.parse(gunzipSync(first?.body ?? '').toString());
  assert.deepEqual(report.policies[0].summary, {
    'total-successful-session-count': 40,
    'total-failure-session-count': 2,
  });
});

test('B11 by mail: a signed multipart/report on the dispatch lane, nobody’s event and never reported on', async () => {
  await using world = await reportWorld();
  await world.count('shop.example', 'mailto:tls@shop.example');

  await using _one = await world.start();
  await until(async () => world.mails.length === 1 && (await world.due()).length === 0);

  const [mail] = world.mails;
  assert.partialDeepStrictEqual(mail, {
    ...{ purpose: 'tls-report', returnPath: 'tls@posthorn.example', accountId: 7 },
    recipients: [{ address: 'tls@shop.example' }],
  });
  const text = mail?.rendition ?? '';
  const headers = text.slice(0, text.indexOf('\r\n\r\n')).replaceAll(/\r\n\s+/g, ' ');
  for (const header of [
    'From: <tls@posthorn.example>',
    'To: <tls@shop.example>',
    `Subject: Report Domain: shop.example Submitter: posthorn.example Report-ID: <${day}.shop.example@posthorn.example>`,
    'TLS-Report-Domain: shop.example',
    'TLS-Report-Submitter: posthorn.example',
  ])
    assert.ok(headers.includes(`\r\n${header}\r\n`), header);
  assert.match(headers, /Content-Type: multipart\/report; report-type="tlsrpt"; boundary="[^"]+"/);
  const [, fileName, base64 = ''] =
    /Content-Type: application\/tlsrpt\+gzip\r\n[\s\S]*filename="([^"]+)"\r\n\r\n([\s\S]+?)\r\n--/.exec(
      text,
    ) ?? [];
  assert.equal(fileName, 'posthorn.example!shop.example!1777593600!1777679999.json.gz');
  assert.equal(
    JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString())['organization-name'],
    'Posthorn',
  );
  assert.deepEqual(await signaturesOf(text, world.keys), ['pass', 'pass']);
});

test('what fails comes again after a while, also in another process, and what was sent is not sent twice', async () => {
  await using world = await reportWorld();
  const { web } = world;
  const rua = `https://rep.example:${web.port}/in,mailto:tls@shop.example`;
  await world.count('shop.example', rua);
  web.answer(503);

  const first = await world.start();
  await until(() => world.mails.length === 1 && web.posted.length === 1);
  await until(async () => (await world.due())[0]?.atMs === world.clock.nowMs() + 2.5 * hourMs);
  await first[Symbol.asyncDispose]();
  web.answer(200);
  await using _second = await world.start();
  world.clock.advance(3 * hourMs);
  await until(async () => (await world.due()).length === 0);

  assert.deepEqual([world.mails.length, web.posted.length], [1, 2]);
});

test('a report that cannot be handed over is given up a day after it was due; a redirect is not followed', async () => {
  await using world = await reportWorld();
  const { web } = world;
  await world.count('shop.example', `https://rep.example:${web.port}/in`);
  web.answer(302);

  await using _one = await world.start();
  const nextAtMs = async () => (await world.due())[0]?.atMs;
  for (let atMs: number | undefined = 0; atMs !== undefined; ) {
    await until(async () => isOver((await nextAtMs()) ?? 0, world.clock.nowMs()));
    atMs = await nextAtMs();
    world.clock.advance(Math.max(0, (atMs ?? 0) - world.clock.nowMs()));
  }

  assert.ok(world.clock.nowMs() >= Date.UTC(2026, 4, 3, 4, 15));
  assert.deepEqual(
    web.posted.map(({ path }) => path),
    Array.from({ length: web.posted.length }, () => '/in'),
  );
  assert.ok(web.posted.length >= 7, String(web.posted.length));
});

test('F41 a URL that leads to a private address is never posted to, nor one that is an address', async () => {
  await using world = await reportWorld();
  const { web } = world;
  await world.count('a.example', `https://rep.example:${web.port}/in`);
  await world.count('b.example', `https://127.0.0.1:${web.port}/in,https://[::1]:${web.port}/in`);
  await world.count('c.example', `https://0x7f000001:${web.port}/in`);

  await using _one = await world.start('special');
  await until(async () => (await world.due()).length === 0);

  assert.equal(web.posted.length, 0);
});

test('a certificate that nobody vouches for gets no report', async () => {
  await using world = await reportWorld();
  world.dns.add({ 'wrong.example': { A: ['127.0.0.1'] } });
  await world.count('shop.example', `https://wrong.example:${world.web.port}/in`);

  await using _one = await world.start();
  await until(async () => ((await world.due())[0]?.atMs ?? 0) > world.clock.nowMs() + hourMs);

  assert.equal(world.web.posted.length, 0);
});

test('B11 an address that never asked is not mailed; where no verified domain signs nothing is mailed yet', async () => {
  await using world = await reportWorld({ isSigned: false });
  await world.count('a.example', 'mailto:boss@victim.example');
  await world.count('b.example', 'mailto:tls@b.example');

  await using _one = await world.start();
  await until(async () => {
    const list = await world.due();
    return list.length === 1 && (list[0]?.atMs ?? 0) > world.clock.nowMs() + hourMs;
  });

  assert.deepEqual([(await world.due())[0]?.domain, world.mails.length], [`${day} b.example`, 0]);
});

test('who wants no reports gets none; who cannot be asked is asked again; none is sent before it is due', async () => {
  await using world = await reportWorld();
  await world.count('none.example', 'mailto:tls@none.example');
  await world.count('slow.example', 'mailto:tls@slow.example');
  await world.count('early.example', 'mailto:tls@early.example');
  world.dns.add({
    '_smtp._tls.none.example': { TXT: ['v=spf1 -all'] },
    '_smtp._tls.slow.example': { fault: 'servfail' },
  });
  await world.client.zadd('ph:tlsrpt:due', String(world.clock.nowMs() + hourMs), `${day} early.example`);

  await using _one = await world.start();
  await until(async () => {
    const list = await world.due();
    return list.length === 2 && list.every(({ atMs }) => atMs >= world.clock.nowMs() + hourMs);
  });

  assert.deepEqual((await world.due()).map(({ domain }) => domain).sort(), [
    `${day} early.example`,
    `${day} slow.example`,
  ]);
  assert.equal(world.mails.length, 0);
});

test('an outage of Redis ends nothing: reports leave when it is back', async () => {
  await using world = await reportWorld({ takesMail: false });
  await using one = await world.start();

  await world.redis.kill();
  const whileAway = await one.healthCheck();
  await world.redis.restart();
  await world.count('shop.example', `https://rep.example:${world.web.port}/in`);
  await until(async () => world.web.posted.length === 1);

  assert.deepEqual([whileAway, await one.healthCheck()], [{ ok: true }, { ok: true }]);
});

/** Taken off the list, or put off by more than the time for which a process has it. */
function isOver(atMs: number, nowMs: number): boolean {
  return atMs === 0 || atMs > nowMs + 10 * 60_000;
}

async function signaturesOf(text: string, keys: readonly { selector: string; dnsValue: string }[]) {
  const resolver = async (name: string) => {
    const key = keys.find(({ selector }) => name === `${selector}._domainkey.posthorn.example`);
    return key ? [[key.dnsValue]] : [];
  };
  const curTime = new Date(Date.UTC(2026, 4, 3));
  const { results } = await dkimVerify(Buffer.from(text, 'latin1'), { resolver, curTime });
  return results.map(({ status }) => status.result);
}
