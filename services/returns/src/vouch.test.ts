import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import type { ReturnItem } from '@posthorn/contracts';
import { createDkimSigner, generateDkimKeys } from '@posthorn/mail';
import { aReturn, aStatusId, golden } from './fixture.ts';
import { readReport } from './parse/read-report.ts';
import { createVouch } from './vouch.ts';

const raw = golden('arf-abuse').replaceAll('\n', '\r\n');

test('B04: SPF of a listed source vouches for it, for its own addresses and no other', async () => {
  const fbl = { mailFrom: 'feedback@arf.fbl.example', remoteAddress: '192.0.2.7' };

  assert.deepEqual(await vouchFor(fbl), { kind: 'vouched', domain: 'arf.fbl.example' });
  assert.equal((await vouchFor({ ...fbl, remoteAddress: '192.0.2.8' })).kind, 'nobody');
  assert.equal((await vouchFor({ ...fbl, mailFrom: 'feedback@attacker.example' })).kind, 'nobody');
  assert.equal((await vouchFor({ ...fbl, mailFrom: 'feedback@notfbl.example' })).kind, 'nobody');
});

test('B04: a DKIM signature of a listed source vouches for it, until a byte is changed', async () => {
  const key = await keyOf('fbl.example');
  const signed = key.sign(raw);
  const zone = { [`s1._domainkey.fbl.example`]: key.txt };

  assert.deepEqual(await vouchFor({ raw: signed }, zone), { kind: 'vouched', domain: 'fbl.example' });
  const altered = signed.replace('An abuse', 'No abuse').replace('jane@', 'eve@');
  assert.equal((await vouchFor({ raw: altered }, zone)).kind, 'nobody');
  assert.equal((await vouchFor({ raw: signed, isTruncated: true }, zone)).kind, 'nobody');
  const stranger = await keyOf('attacker.example');
  const strangers = { 's1._domainkey.attacker.example': stranger.txt };
  assert.equal((await vouchFor({ raw: stranger.sign(raw) }, strangers)).kind, 'nobody');
});

test('B04: where DNS does not answer for a listed source, the answer is later', async () => {
  const fbl = { mailFrom: 'feedback@fbl.example', remoteAddress: '192.0.2.7' };

  assert.equal((await vouchFor(fbl, {}, { fails: true })).kind, 'later');
});

test('B04: with no source listed, or a heap of signatures, nobody is asked', async () => {
  const vouch = createVouch({ sources: [], resolve: () => assert.fail('asked') });
  const listed = createVouch({ sources: ['fbl.example'], resolve: () => assert.fail('asked') });
  const heap = `${'DKIM-Signature: v=1\r\n'.repeat(11)}${raw}`;

  assert.equal((await vouch(itemOf({}), complaintOf(raw))).kind, 'nobody');
  assert.equal((await listed(itemOf({ raw: heap }), complaintOf(heap))).kind, 'nobody');
});

function itemOf(fields: Partial<ReturnItem>): ReturnItem {
  return aReturn(fields.raw ?? raw, { statusId: aStatusId(), mailFrom: 'x@unlisted.example', ...fields });
}

function complaintOf(text: string) {
  const report = readReport({ raw: text, mailFrom: '' });
  assert.ok(report.kind === 'complaint');
  return report;
}

async function vouchFor(
  fields: Partial<ReturnItem>,
  zone: Record<string, string> = {},
  { fails = false } = {},
) {
  const records: Record<string, string> = {
    'arf.fbl.example': 'v=spf1 ip4:192.0.2.7 -all',
    'attacker.example': 'v=spf1 ip4:192.0.2.7 -all',
    'notfbl.example': 'v=spf1 ip4:192.0.2.7 -all',
    ...zone,
  };
  const resolve = async (name: string, type: string) => {
    if (fails) throw Object.assign(new Error('timeout'), { code: 'ETIMEOUT' });
    const text = type === 'TXT' ? records[name.toLowerCase()] : undefined;
    if (text === undefined) throw Object.assign(new Error('no data'), { code: 'ENODATA' });
    return [[text]];
  };
  const item = itemOf(fields);
  return createVouch({ sources: ['fbl.example'], resolve })(item, complaintOf(item.raw));
}

async function keyOf(domain: string) {
  const { rsa } = await generateDkimKeys();
  const key = createPrivateKey(rsa.privateKeyPem);
  const signer = createDkimSigner({ domain, selector: 's1', key, algorithm: 'rsa-sha256' });
  const sign = (message: string): string => {
    const end = message.indexOf('\r\n\r\n');
    return signer.sign(message.slice(0, end + 2), message.slice(end + 4), Date.now()) + message;
  };
  return { sign, txt: rsa.dnsValue };
}
