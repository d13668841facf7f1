import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LegacySmtpToken, SmtpApiTokenView } from '@posthorn/contracts';
import { createFakeClock } from '@posthorn/runtime';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const base = '/email/public/v1/smtpapi/tokens';
const request = { createdBy: 'jane@shop.example', campaignName: 'Shop receipts' };

test('version 1 makes, lists and resets a token, in its own shape', async () => {
  const clock = createFakeClock();
  await using gateway = await startTestGateway({ clock });

  const created = await call(gateway, `POST ${base}`, { body: request });
  const { password, ...token } = LegacySmtpToken.parse(created.body);
  const listed = await call(gateway, `GET ${base}`);
  const reset = await call(gateway, `POST ${base}/${encodeURIComponent(token.userName)}/password-reset`);

  assert.equal(created.status, 200);
  assert.match(password ?? '', /^[0-9A-Za-z]{30}$/);
  assert.deepEqual(token, {
    portalId: 1,
    userName: token.userName,
    emailCampaignId: token.emailCampaignId,
    createdAt: clock.nowMs(),
    deleted: false,
    createdBy: 'jane@shop.example',
    appId: 1,
    campaignName: 'Shop receipts',
    passwordHash: null,
  });
  assert.deepEqual([listed.status, listed.body], [200, [token]]);
  const { password: newPassword, ...after } = LegacySmtpToken.parse(reset.body);
  assert.deepEqual([reset.status, after], [200, token]);
  assert.notEqual(newPassword, password);
  assert.deepEqual(gateway.notices, [token.userName]);
});

test('a token of version 1 is one of version 3 too: it creates contacts and expires after 12 months', async () => {
  const clock = createFakeClock();
  await using gateway = await startTestGateway({ clock });
  const { userName } = LegacySmtpToken.parse((await call(gateway, `POST ${base}`, { body: request })).body);

  const read = await call(gateway, `GET /marketing/v3/transactional/smtp-tokens/${userName}`);
  const { expiresAtMs } = gateway.tokens.get(userName) ?? {};

  assert.equal(SmtpApiTokenView.parse(read.body).createContact, true);
  assert.equal(expiresAtMs, Date.UTC(2027, 0, 1));
});

test('version 1 names the key where nobody says who asks', async () => {
  await using gateway = await startTestGateway();

  const { body } = await call(gateway, `POST ${base}`, { body: { campaignName: 'x' } });

  assert.equal(LegacySmtpToken.parse(body).createdBy, `${gateway.key.slice(8, 20)}@1.keys.posthorn`);
});

test('version 1 refuses what is no token: 400 for a body, 404 for an unknown user name, 403 without the scope', async () => {
  await using gateway = await startTestGateway();
  const key = gateway.addKey(1, ['content']);

  const noName = await call(gateway, `POST ${base}`, { body: { createdBy: 'jane@shop.example' } });
  const unknown = await call(gateway, `POST ${base}/0123456789@1.smtp.posthorn/password-reset`);

  assert.deepEqual([noName.status, errorOf(noName.body).fields], [400, ['campaignName']]);
  assert.equal(unknown.status, 404);
  assert.equal((await call(gateway, `GET ${base}`, { key })).status, 403);
  assert.equal((await call(gateway, `POST ${base}`, { key, body: request })).status, 403);
});
