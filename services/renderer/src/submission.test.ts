import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReturnPath, readTrackingToken } from '@posthorn/mail';
import { authenticate } from 'mailauth';
import { simpleParser } from 'mailparser';
import { accountId, aSubmission, emailId, keyring, pdf, shopRecords } from './fixture.ts';
import { startRunningRenderer } from './testing/running-renderer.ts';

test('one message by SMTP leaves tracked and signed, its attachment to the byte, its subject as it was', {
  timeout: 60_000,
}, async () => {
  await using system = await startRunningRenderer();
  const item = aSubmission({ acceptedAtMs: Date.now() });

  await system.submissions.post(item);
  const { dispatched, events } = await system.whenOut({ dispatched: 1, events: 1 });

  const rendition = Buffer.from(dispatched[0]?.rendition ?? '', 'latin1');
  const mail = await simpleParser(rendition);
  assert.equal(mail.subject, 'Grüße');
  assert.ok(rendition.includes(`\r\n\r\n${pdf}\r\n--m--\r\n`));
  assert.doesNotMatch(String(rendition), /hidden@x\.test/);
  assert.equal(mail.headers.get('x-hubspot-mid'), item.id);
  assert.deepEqual(await dkimResultsOf(rendition), ['pass', 'pass']);

  const [click = '', open = ''] = String(mail.html).match(/(?<=\/t\/[co]\/)[\w-]+/g) ?? [];
  const send = { statusId: item.id, accountId, emailId };
  assert.deepEqual(readTrackingToken(keyring, click), {
    ...{ kind: 'click', ...send, linkIndex: 0, target: 'https://shop.test/o/7?a=1&b=2' },
  });
  assert.deepEqual(readTrackingToken(keyring, open), { kind: 'open', ...send });
  const [sent] = events;
  assert.ok(sent?.type === 'SENT' && sent.emailId === emailId && sent.statusId === item.id);
  assert.deepEqual([sent.subject, sent.from], ['Grüße', 'Shop <orders@shop.test>']);
  assert.equal((await system.store.contacts.findMany(accountId, ['jane@example.com'])).size, 1);
});

test('each To recipient has a copy of its own; Cc and Bcc share one without tracking', {
  timeout: 60_000,
}, async () => {
  await using system = await startRunningRenderer();
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  const item = aSubmission({
    id: first,
    acceptedAtMs: Date.now(),
    sends: [
      { statusId: first, to: 'jane@example.com' },
      { statusId: second, to: 'joe@example.com' },
    ],
    copies: ['cc@x.test', 'hidden@x.test'],
  });

  await system.submissions.post(item);
  const { dispatched } = await system.whenOut({ dispatched: 3, events: 2 });

  const byId = new Map(dispatched.map((one) => [one.id, one]));
  const [one, two, copy] = [`${first}-t`, `${second}-t`, `${first}-u`].map((id) => byId.get(id));
  assert.deepEqual(
    [one, two, copy].map((found) => found?.recipients.map(({ address }) => address)),
    [['jane@example.com'], ['joe@example.com'], ['cc@x.test', 'hidden@x.test']],
  );
  assert.doesNotMatch(copy?.rendition ?? '', /\/t\/[co]\//);
  assert.notEqual(one?.rendition, two?.rendition);
  const read = (address = '') =>
    readReturnPath(keyring, address.split('@')[0] ?? '', { nowMs: Date.now(), maxAgeDays: 1 });
  assert.deepEqual(
    [one, two, copy].map((found) => {
      const path = read(found?.returnPath);
      return path.kind === 'valid' && [path.statusId, path.deliveryIndex];
    }),
    [
      [first, 0],
      [second, 0],
      [first, 1],
    ],
  );
});

test('large messages, too, leave whole: one of 6 MB to three recipients goes slice by slice', {
  timeout: 60_000,
}, async () => {
  await using system = await startRunningRenderer();
  const ids = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const attached = `${'QUJD'.repeat(19)}\r\n`.repeat(80_000);
  const small = aSubmission();
  const item = aSubmission({
    ...{ id: ids[0] ?? '', acceptedAtMs: Date.now(), raw: small.raw.replace(`${pdf}\r\n`, attached) },
    sends: ids.map((statusId, index) => ({ statusId, to: `u${index}@example.com` })),
  });

  await system.submissions.post(item);
  const { dispatched, events } = await system.whenOut({ dispatched: 3, events: 3 });

  assert.deepEqual(new Set(dispatched.map(({ statusId }) => statusId)), new Set(ids));
  assert.deepEqual(new Set(events.map(({ type }) => type)), new Set(['SENT']));
  for (const { rendition } of dispatched) {
    assert.ok(rendition.includes(`\r\n\r\n${attached}--m--\r\n`));
    assert.deepEqual(await dkimResultsOf(Buffer.from(rendition, 'latin1')), ['pass', 'pass']);
  }
});

async function dkimResultsOf(rendition: Buffer): Promise<string[]> {
  const { dkim } = await authenticate(rendition, {
    ...{ ip: '127.0.0.1', helo: 'x.test', sender: 'orders@shop.test' },
    ...{ disableArc: true, disableDmarc: true, disableBimi: true },
    resolver: async (name: string) => [[shopRecords[name] ?? '']],
  });
  return dkim.results.map(({ status }) => status.result);
}
