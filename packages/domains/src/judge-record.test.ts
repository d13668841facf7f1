import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedRecords } from './expected-records.ts';
import { aDomain, installation } from './fixture.ts';
import { judgeRecord } from './judge-record.ts';

const records = expectedRecords(aDomain(), installation);
const [rsa, ed25519, mx, spf, cname, dmarc] = records;
const key = (rsa?.value ?? '').split('p=')[1] ?? '';
const edKey = (ed25519?.value ?? '').split('p=')[1] ?? '';

type Case = [what: string, record: typeof rsa, found: string[], problem: RegExp | null];

const cases: Case[] = [
  ['the key as given', rsa, [`v=DKIM1; k=rsa; p=${key}`], null],
  ['without v and k', rsa, [`p=${key}`], null],
  ['with spaces from joined strings', rsa, [`v=DKIM1;p=${key.slice(0, 200)} ${key.slice(200)};`], null],
  ['with services and hashes allowed', rsa, [`v=DKIM1; h=sha1:sha256; s=email; t=s; p=${key}`], null],
  ['beside a text that is no key', rsa, ['hello', `v=DKIM1; p=${key}`], null],
  ['another key', rsa, [`v=DKIM1; p=${key.replace('M', 'N')}`], /Another key/],
  ['a key that is cut off', rsa, [`v=DKIM1; p=${key.slice(0, 236)}`], /cut off: its key has 236 of \d+/],
  ['a revoked key', rsa, ['v=DKIM1; p='], /revoked/],
  ['quotation marks typed in', rsa, [`"v=DKIM1; p=${key}"`], /quotation marks/],
  ['escaped semicolons', rsa, [`v=DKIM1\\; k=rsa\\; p=${key}`], /backslashes/],
  ['two keys', rsa, [`p=${key}`, `v=DKIM1; p=${key}`], /more than one/],
  ['no key at all', rsa, ['google-site-verification=1'], /not a DKIM key/],
  ['testing', rsa, [`v=DKIM1; t=y; p=${key}`], /t=y/],
  ['sha1 alone', rsa, [`v=DKIM1; h=sha1; p=${key}`], /sha256/],
  ['not for email', rsa, [`v=DKIM1; s=other; p=${key}`], /email/],
  ['a wrong version', rsa, [`v=DKIM2; p=${key}`], /v=DKIM1/],
  ['Ed25519 as given', ed25519, [`v=DKIM1; k=ed25519; p=${edKey}`], null],
  ['Ed25519 without its kind', ed25519, [`v=DKIM1; p=${edKey}`], /k=ed25519/],
  ['our MX at any preference', mx, ['5 bounces.posthorn.test'], null],
  ['another MX', mx, ['10 mx.other.test'], /another server/],
  ['another MX beside ours', mx, ['10 bounces.posthorn.test', '20 mx.other.test'], /other MX records beside/],
  ['a null MX', mx, ['0 .'], /another server/],
  ['SPF as given', spf, ['v=spf1 include:spf.posthorn.test ~all'], null],
  ['SPF with more in it', spf, ['other', 'v=spf1 ip4:192.0.2.1 +include:SPF.posthorn.test -all'], null],
  ['SPF without us', spf, ['v=spf1 -all'], /lacks include:spf\.posthorn\.test/],
  ['SPF with us behind all', spf, ['v=spf1 ~all include:spf.posthorn.test'], /behind ~all/],
  ['two SPF records', spf, ['v=spf1 -all', 'v=spf1 include:spf.posthorn.test ~all'], /several SPF/],
  ['no SPF', spf, ['v=spf10 x'], /not SPF/],
  ['the CNAME', cname, ['t.posthorn.test'], null],
  ['another CNAME', cname, ['t.other.test'], /Point it at t\.posthorn\.test/],
  ['any DMARC policy', dmarc, ['v=DMARC1; p=reject; rua=mailto:a@shop.test'], null],
  ['DMARC without a policy', dmarc, ['v=DMARC1; rua=mailto:a@shop.test'], /lacks p=/],
  ['two DMARC records', dmarc, ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], /several DMARC/],
  ['no DMARC', dmarc, ['v=spf1 -all'], /not DMARC/],
];

for (const [what, record, found, problem] of cases)
  test(`${record?.kind}: ${what} is ${problem ? 'refused, and says what to do' : 'right'}`, () => {
    assert.ok(record);
    const judged = judgeRecord(record, found);

    if (problem === null) assert.deepEqual(judged, { kind: 'right' });
    else assert.match(judged.kind === 'wrong' ? judged.message : judged.kind, problem);
  });

test('what was found is cut to a size that can be shown', () => {
  assert.ok(mx);
  const judged = judgeRecord(
    mx,
    Array.from({ length: 50 }, () => `10 ${'x'.repeat(5_000)}`),
  );

  assert.ok(JSON.stringify(judged).length < 10_000);
});
