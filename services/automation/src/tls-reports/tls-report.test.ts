import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type TlsSessions, tlsCountField, tlsPolicyField } from '@posthorn/contracts';
import { readTlsDay, type TlsDay } from './tls-day.ts';
import { makeTlsReport } from './tls-report.ts';

const reporter = { organization: 'Posthorn', contact: 'tls@posthorn.example', domain: 'posthorn.example' };
const text = { strings: ['version: STSv1', 'mode: testing'], mxPatterns: ['mx.shop.example'] };
const failure: TlsSessions = {
  ...{ policy: 'sts', mx: 'mx.shop.example', result: 'certificate-expired' },
  ...{ receivingIp: '192.0.2.7', sendingIp: '192.0.2.99' },
};

test('B11 a report tells each policy, sums and failures of a day as RFC 8460 has them', async () => {
  const day = await read({
    [tlsCountField({ ...failure, result: 'success' })]: '40',
    [tlsCountField(failure)]: '2',
    [tlsCountField({ ...failure, mx: '', result: 'sts-policy-invalid', receivingIp: '', sendingIp: '' })]:
      '3',
    [tlsPolicyField('sts')]: JSON.stringify(text),
    [tlsCountField({ ...failure, policy: 'no-policy-found', result: 'success' })]: '7',
    'sent mailto:a@shop.example': 'sent',
  });

  const report = await makeTlsReport(day, reporter);

  assert.equal(report.fileName, 'posthorn.example!shop.example!1777593600!1777679999.json.gz');
  assert.deepEqual(JSON.parse(gunzipSync(report.gzipped).toString()), {
    'organization-name': 'Posthorn',
    'date-range': { 'start-datetime': '2026-05-01T00:00:00Z', 'end-datetime': '2026-05-01T23:59:59Z' },
    'contact-info': 'tls@posthorn.example',
    'report-id': '2026-05-01.shop.example@posthorn.example',
    policies: [
      {
        policy: {
          'policy-type': 'sts',
          'policy-string': ['version: STSv1', 'mode: testing'],
          'policy-domain': 'shop.example',
          'mx-host': ['mx.shop.example'],
        },
        summary: { 'total-successful-session-count': 40, 'total-failure-session-count': 5 },
        'failure-details': [
          { 'result-type': 'sts-policy-invalid', 'failed-session-count': 3 },
          {
            'result-type': 'certificate-expired',
            'sending-mta-ip': '192.0.2.99',
            'receiving-mx-hostname': 'mx.shop.example',
            'receiving-ip': '192.0.2.7',
            'failed-session-count': 2,
          },
        ],
      },
      {
        policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'shop.example' },
        summary: { 'total-successful-session-count': 7, 'total-failure-session-count': 0 },
      },
    ],
  });
});

test('the same counts make the same report, and no counts make none', async () => {
  const day = await read({ [tlsCountField(failure)]: '2' });

  const [first, again] = await Promise.all([makeTlsReport(day, reporter), makeTlsReport(day, reporter)]);

  assert.deepEqual(first, again);
  assert.equal(await readTlsDay({ hgetall: async () => ({}) }, '2026-05-01', 'shop.example'), null);
  assert.equal(await readTlsDay({ hgetall: async () => ({ x: '1' }) }, '2026-05-01', 'shop.example'), null);
});

test('a report is at most 5 MB compressed: the rarest failures are left out, never from the sums', async () => {
  const random = () => Math.random().toString(36).slice(2).padEnd(10, 'x');
  const failures = Array.from({ length: 12_000 }, (_, at) => ({
    ...failure,
    mx: Array.from({ length: 90 }, random).join('.'),
    count: 20_000 - at,
  }));
  const day: TlsDay = {
    ...{ day: '2026-05-01', domain: 'shop.example' },
    policies: [{ type: 'sts', successes: 1, failures }],
  };

  const { gzipped } = await makeTlsReport(day, reporter);

  const [policy] = JSON.parse(gunzipSync(gzipped).toString()).policies;
  assert.ok(gzipped.length <= 5 * 1024 * 1024, String(gzipped.length));
  assert.ok(policy['failure-details'].length >= 2_500);
  assert.equal(policy['failure-details'][0]['failed-session-count'], 20_000);
  assert.equal(
    policy.summary['total-failure-session-count'],
    failures.reduce((sum, { count }) => sum + count, 0),
  );
});

async function read(hash: Record<string, string>): Promise<TlsDay> {
  const day = await readTlsDay({ hgetall: async () => hash }, '2026-05-01', 'shop.example');
  return day ?? assert.fail('nothing was counted');
}
