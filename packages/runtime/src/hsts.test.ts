import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { sendHsts } from './hsts.ts';
import { listen } from './listen.ts';

test('what is asked for by HTTPS tells browsers to stay there, and what is not says nothing', async () => {
  const server = createServer((req, res) => {
    sendHsts(req, res);
    res.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
  });
  await using listening = await listen(server, { host: '127.0.0.1', port: 0 });
  const hstsFor = async (headers: Record<string, string>) =>
    (await fetch(`http://127.0.0.1:${listening.port}/`, { headers })).headers.get(
      'strict-transport-security',
    );

  for (const headers of [
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-proto': 'HTTPS, http' },
    { forwarded: 'for=192.0.2.1;proto=https;by=203.0.113.43' },
  ] as const)
    assert.equal(await hstsFor(headers), 'max-age=31536000', JSON.stringify(headers));
  for (const headers of [
    {},
    { 'x-forwarded-proto': 'http' },
    { 'x-forwarded-proto': 'http, https' },
    { forwarded: 'for=192.0.2.1;proto=http, for=10.0.0.1;proto=https' },
  ] as const)
    assert.equal(await hstsFor(headers), null, JSON.stringify(headers));
});
