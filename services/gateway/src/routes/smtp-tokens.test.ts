import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmtpApiTokenView, SmtpTokenPage, smtpTokensPerAccountMax } from '@posthorn/contracts';
import { createFakeClock } from '@posthorn/runtime';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const base = '/marketing/v3/transactional/smtp-tokens';
const dated = '/marketing/transactional/2026-03/smtp-tokens';
const request = { campaignName: 'Shop receipts', createContact: true };

for (const path of [base, dated]) {
  test(`${path}: a token is made, read, reset and deleted, as HubSpot documents it`, async () => {
    const clock = createFakeClock();
    await using gateway = await startTestGateway({ clock });

    const created = await call(gateway, `POST ${path}`, { body: request });
    const { password, ...token } = SmtpApiTokenView.parse(created.body);
    const location = created.headers.get('location') ?? '';
    const read = await call(gateway, `GET ${location}`);
    const reset = await call(gateway, `POST ${location}/password-reset`);
    const listed = await call(gateway, `GET ${path}`);
    const deleted = await call(gateway, `DELETE ${location}`);
    const gone = await call(gateway, `GET ${location}`);

    assert.equal(created.status, 201);
    assert.match(token.id, /^[0-9a-z]{10}@1\.smtp\.posthorn$/);
    assert.equal(location, `${path}/${token.id.replace('@', '%40')}`);
    assert.match(password ?? '', /^[0-9A-Za-z]{30}$/);
    assert.match(token.emailCampaignId, /^\d{13}$/);
    assert.deepEqual(created.body, {
      id: token.id,
      campaignName: 'Shop receipts',
      emailCampaignId: token.emailCampaignId,
      createContact: true,
      createdAt: '2026-01-01T00:00:00.000Z',
      createdBy: `${gateway.key.slice(8, 20)}@1.keys.posthorn`,
      password,
    });
    assert.deepEqual([read.status, read.body], [200, token]);
    assert.equal(reset.status, 200);
    const { password: newPassword, ...after } = SmtpApiTokenView.parse(reset.body);
    assert.deepEqual(after, token);
    assert.match(newPassword ?? '', /^[0-9A-Za-z]{30}$/);
    assert.notEqual(newPassword, password);
    assert.deepEqual([listed.status, listed.body], [200, { results: [token] }]);
    assert.deepEqual([deleted.status, deleted.body], [204, undefined]);
    assert.deepEqual([gone.status, errorOf(gone.body).category], [404, 'OBJECT_NOT_FOUND']);
  });
}

test('an @ in the path may be written as it is', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);

  assert.equal((await call(gateway, `GET ${base}/${id}`)).status, 200);
});

const refused: Readonly<Record<string, readonly [unknown, string]>> = {
  'no name': [{ createContact: true }, 'campaignName'],
  'an empty name': [{ ...request, campaignName: ' ' }, 'campaignName'],
  'a name that is too long': [{ ...request, campaignName: 'x'.repeat(256) }, 'campaignName'],
  'no createContact': [{ campaignName: 'x' }, 'createContact'],
  'a createContact that is no boolean': [{ ...request, createContact: 'yes' }, 'createContact'],
};

for (const [what, [body, field]] of Object.entries(refused)) {
  test(`A02: ${what} is 400 and names the field, and no token is made`, async () => {
    await using gateway = await startTestGateway();

    const answer = await call(gateway, `POST ${base}`, { body });

    assert.equal(answer.status, 400);
    assert.equal(errorOf(answer.body).category, 'VALIDATION_ERROR');
    assert.deepEqual(errorOf(answer.body).fields, [field]);
    assert.equal(gateway.tokens.size, 0);
  });
}

test('a password of one’s choice is ignored, and named as that', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, `POST ${base}`, { body: { ...request, password: 'x' } });

  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('x-posthorn-ignored'), 'password');
  assert.notEqual(Object(answer.body).password, 'x');
});

test('A05: without the scope transactional-email every call is 403', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  const key = gateway.addKey(1, ['content', 'marketing-email']);
  const calls = [`GET ${base}`, `GET ${base}/${id}`, `DELETE ${base}/${id}`];
  const posts = [`POST ${base}`, `POST ${base}/${id}/password-reset`];

  for (const target of [...calls, ...posts])
    assert.equal((await call(gateway, target, { key })).status, 403, target);
});

test("another account's token is 404 to every call, and stays as it is", async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  const before = gateway.tokens.get(id);
  const key = gateway.addKey(2, ['transactional-email']);

  for (const target of [
    `GET ${base}/${id}`,
    `DELETE ${base}/${id}`,
    `POST ${base}/${id}/password-reset`,
    `GET ${base}/${id.replace('@1.', '@2.')}`,
  ])
    assert.equal((await call(gateway, target, { key })).status, 404, target);

  assert.deepEqual((await call(gateway, `GET ${base}`, { key })).body, { results: [] });
  assert.deepEqual(gateway.tokens.get(id), before);
  assert.deepEqual(gateway.notices, []);
});

test('a list is read page by page, by name and by campaign id', async () => {
  await using gateway = await startTestGateway();
  const [first, second, third] = [await make(gateway), await make(gateway, 'B'), await make(gateway)];

  const page = await list(gateway, '?limit=2');
  const rest = await list(gateway, `?limit=2&after=${page.paging?.next.after}`);

  assert.deepEqual(idsOf(page), [first.id, second.id]);
  assert.deepEqual([idsOf(rest), rest.paging], [[third.id], undefined]);
  assert.deepEqual(idsOf(await list(gateway, '?campaignName=B')), [second.id]);
  assert.deepEqual(idsOf(await list(gateway, `?emailCampaignId=${third.emailCampaignId}`)), [third.id]);
  assert.deepEqual(idsOf(await list(gateway, '?emailCampaignId=none')), []);
});

test('A09: a limit out of range, a cursor that is not ours or is another account’s: 400', async () => {
  await using gateway = await startTestGateway();
  await make(gateway);
  await make(gateway);
  const { paging } = await list(gateway, '?limit=1');
  const ours = paging?.next.after ?? '';
  const stranger = gateway.addKey(2, ['transactional-email']);

  for (const query of ['limit=0', 'limit=101', 'limit=x', 'after=x', `after=${ours}x`])
    assert.equal((await call(gateway, `GET ${base}?${query}`)).status, 400, query);
  assert.equal((await call(gateway, `GET ${base}?after=${ours}`, { key: stranger })).status, 400);
});

test('a token that the API made expires after 12 months: it is 404 then, and in no list', async () => {
  const clock = createFakeClock(Date.UTC(2027, 2, 1));
  await using gateway = await startTestGateway({ clock });
  const { id } = await make(gateway);

  clock.advance(366 * 24 * 3_600_000 - 1);
  assert.equal((await call(gateway, `GET ${base}/${id}`)).status, 200);
  clock.advance(1);

  assert.equal(clock.nowMs(), Date.UTC(2028, 2, 1));
  assert.equal((await call(gateway, `GET ${base}/${id}`)).status, 404);
  assert.equal((await call(gateway, `POST ${base}/${id}/password-reset`)).status, 404);
  assert.equal((await call(gateway, `DELETE ${base}/${id}`)).status, 404);
  assert.deepEqual(idsOf(await list(gateway, '')), []);
});

test('a password is kept as a keyed hash alone, and another one after a reset', async () => {
  await using gateway = await startTestGateway();
  const { id, password = '' } = await make(gateway);
  const before = gateway.tokens.get(id);

  const reset = await call(gateway, `POST ${base}/${id}/password-reset`);
  const after = gateway.tokens.get(id);

  assert.match(before?.digest ?? '', /^[0-9a-f]{2}\.[\w-]{43}$/);
  assert.notEqual(after?.digest, before?.digest);
  assert.equal(after?.generation, 2);
  const kept = JSON.stringify([before, after]);
  assert.ok(!kept.includes(password));
  assert.ok(!kept.includes(SmtpApiTokenView.parse(reset.body).password ?? ''));
});

test('no password is ever logged', async () => {
  const lines: string[] = [];
  await using gateway = await startTestGateway({ onLog: (line) => lines.push(line) });
  const { id, password = '' } = await make(gateway);
  const reset = await call(gateway, `POST ${base}/${id}/password-reset`);
  gateway.away.redis = true;
  await call(gateway, `POST ${base}/${id}/password-reset`);

  const log = lines.join('\n');
  assert.ok(!log.includes(password));
  assert.ok(!log.includes(SmtpApiTokenView.parse(reset.body).password ?? ''));
});

test('a reset and a deletion are told to the submission servers, once they are stored', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  assert.deepEqual(gateway.notices, []);

  await call(gateway, `POST ${base}/${id}/password-reset`);
  await call(gateway, `DELETE ${base}/${id}`);

  assert.deepEqual(gateway.notices, [id, id]);
});

test('F46: where Redis is away a reset is 503 and the old password wrong, never the other way round', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  const before = gateway.tokens.get(id)?.digest;
  gateway.away.redis = true;

  const answer = await call(gateway, `POST ${base}/${id}/password-reset`);
  const digest = gateway.tokens.get(id)?.digest;
  gateway.away.redis = false;
  const repeated = await call(gateway, `POST ${base}/${id}/password-reset`);

  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '2');
  assert.match(errorOf(answer.body).message, /no longer valid.*Repeat/);
  assert.notEqual(digest, before);
  assert.deepEqual([repeated.status, gateway.notices], [200, [id]]);
});

test('F46: a deletion that could not be told is told by its repeat', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  gateway.away.redis = true;

  const answer = await call(gateway, `DELETE ${base}/${id}`);
  gateway.away.redis = false;
  const repeated = await call(gateway, `DELETE ${base}/${id}`);

  assert.deepEqual([answer.status, repeated.status], [503, 404]);
  assert.deepEqual(gateway.notices, [id]);
});

test('while MongoDB is away every call is 503 and changes nothing', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  const before = [...gateway.tokens];
  gateway.away.mongodb = true;

  for (const target of [
    `GET ${base}`,
    `GET ${base}/${id}`,
    `DELETE ${base}/${id}`,
    `POST ${base}/${id}/password-reset`,
  ])
    assert.equal((await call(gateway, target)).status, 503, target);
  assert.equal((await call(gateway, `POST ${base}`, { body: request })).status, 503);

  assert.deepEqual([...gateway.tokens], before);
  assert.deepEqual(gateway.notices, []);
});

test('a token outlives the key that made it', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  gateway.keys.delete(gateway.key.slice(8, 20));

  const answer = await call(gateway, `GET ${base}/${id}`, {
    key: gateway.addKey(1, ['transactional-email']),
  });

  assert.equal(answer.status, 200);
});

test('an account with a thousand tokens is told to delete one first', async () => {
  await using gateway = await startTestGateway();
  const { id } = await make(gateway);
  const token = gateway.tokens.get(id);
  for (let index = 1; token && index < smtpTokensPerAccountMax; index += 1)
    gateway.tokens.set(`t${index}`, token);

  const refusedOne = await call(gateway, `POST ${base}`, { body: request });
  gateway.tokens.delete('t1');
  const made = await call(gateway, `POST ${base}`, { body: request });

  assert.deepEqual([refusedOne.status, errorOf(refusedOne.body).category], [409, 'CONFLICT']);
  assert.equal(made.status, 201);
});

async function make(gateway: TestGateway, campaignName = 'A'): Promise<SmtpApiTokenView> {
  const { body } = await call(gateway, `POST ${base}`, { body: { campaignName, createContact: false } });
  return SmtpApiTokenView.parse(body);
}

async function list(gateway: TestGateway, query: string): Promise<SmtpTokenPage> {
  return SmtpTokenPage.parse((await call(gateway, `GET ${base}${query}`)).body);
}

function idsOf({ results }: SmtpTokenPage): string[] {
  return results.map(({ id }) => id);
}
