import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainView } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { connectStore, createSeal } from '@posthorn/store';
import { startDnsServer } from '@posthorn/testing';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';

test('on a real store and a real DNS: connected, verified, rotated and deleted, its private keys with it', async () => {
  await using dns = await startDnsServer();
  await using gateway = await startRealGateway({
    ...{ DNS_SERVERS: dns.address, RETURN_PATH_HOST: 'bounces.posthorn.test' },
    TRACKING_URL: 'http://t.posthorn.test',
  });
  const ask = async (target: string, body?: unknown) =>
    DomainView.parse((await call(gateway, target, { ...(body !== undefined && { body }) })).body);
  const { env, accountId } = gateway;
  await using store = await connectStore({
    ...{ url: env.MONGODB_URL, log: silentLogger, seal: createSeal(env.POSTHORN_SECRET) },
  });
  await store.whenReady();

  const { id, records } = await ask('POST /v1/domains', { domain: 'shop.test' });
  const [rsa] = records;
  dns.serve({ [rsa?.host ?? '']: { TXT: [rsa?.value ?? ''] } });
  assert.equal((await ask(`POST /v1/domains/${id}/verify`)).state, 'verified');
  assert.equal((await ask(`GET /v1/domains/${id}`)).canSend, true);
  const keys = await store.dkimKeys.find(accountId, 'shop.test');
  assert.ok(keys.every(({ privateKeyPem }) => privateKeyPem.includes('PRIVATE KEY')));
  assert.equal(keys.length, 2);

  assert.equal((await call(gateway, `POST /v1/domains/${id}/dkim/rotate`)).status, 409);
  assert.equal((await call(gateway, `DELETE /v1/domains/${id}`)).status, 204);
  assert.deepEqual(await store.dkimKeys.find(accountId, 'shop.test'), []);
  assert.equal((await call(gateway, `GET /v1/domains/${id}`)).status, 404);
});

test('of the same domain connected twice at once, one is made', async () => {
  await using gateway = await startRealGateway({
    ...{ RETURN_PATH_HOST: 'bounces.posthorn.test', TRACKING_URL: 'http://t.posthorn.test' },
  });

  const answers = await Promise.all(
    [1, 2, 3].map(() => call(gateway, 'POST /v1/domains', { body: { domain: 'shop.test' } })),
  );

  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]);
});
