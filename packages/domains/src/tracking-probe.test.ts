import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { listen } from '@posthorn/runtime';
import { createTrackingProbe } from './tracking-probe.ts';

/** Its own authority, for links.shop.test. */
let credentials: { key: string; cert: string };
before(async () => {
  credentials = await selfSigned('links.shop.test');
});

const stops: AsyncDisposable[] = [];
after(async () => {
  for (const stop of stops) await stop[Symbol.asyncDispose]();
});

test('a host with a valid certificate that leads to tracking is right', async () => {
  const { probe, hosts } = await setUp();

  assert.deepEqual(await probe('links.shop.test'), { kind: 'right' });
  assert.match(hosts[0] ?? '', /^links\.shop\.test:\d+ \/base\/t\/o\/check\.gif$/);
});

test('a host for which there is no certificate would break links: it says so', async () => {
  const { probe } = await setUp();

  const judged = await probe('links.other.test');

  assert.match(judged.kind === 'wrong' ? judged.message : judged.kind, /no valid certificate \(ERR_TLS_CERT/);
});

test('a certificate that nobody vouches for is none', async () => {
  const { probe } = await setUp({ isTrusted: false });

  const judged = await probe('links.shop.test');

  assert.match(judged.kind === 'wrong' ? judged.message : judged.kind, /no valid certificate/);
});

test('what is not tracking is not used for links', async () => {
  const { probe } = await setUp({ status: 404 });

  const judged = await probe('links.shop.test');

  assert.match(judged.kind === 'wrong' ? judged.message : judged.kind, /does not lead to tracking/);
});

test('what cannot be reached says nothing', async () => {
  const { probe, stop } = await setUp();
  await stop();

  assert.equal((await probe('links.shop.test')).kind, 'unknown');
});

test('links without TLS need no certificate', async () => {
  const probe = createTrackingProbe({ trackingUrl: 'http://t.posthorn.test' });

  assert.deepEqual(await probe('links.shop.test'), { kind: 'right' });
});

async function setUp({ isTrusted = true, status = 200 } = {}) {
  const hosts: string[] = [];
  const server = createServer(credentials, (req, res) => {
    hosts.push(`${req.headers.host} ${req.url}`);
    res.writeHead(status, { 'content-type': 'image/gif' }).end('GIF89a');
  });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 });
  const stop = () => listening[Symbol.asyncDispose]();
  stops.push(listening);
  const probe = createTrackingProbe({
    trackingUrl: `https://localhost:${listening.port}/base/`,
    ...(isTrusted && { ca: credentials.cert }),
  });
  return {
    probe,
    hosts,
    stop: async () => {
      stops.splice(stops.indexOf(listening), 1);
      await stop();
    },
  };
}

async function selfSigned(name: string) {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')]);
  await rm(folder, { recursive: true });
  return { key, cert };
}
