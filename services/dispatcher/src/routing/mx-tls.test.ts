import assert from 'node:assert/strict';
import { createHash, type X509Certificate } from 'node:crypto';
import { after, before, type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  type Authority,
  type Credentials,
  createAuthority,
  type DnsNode,
  type SinkServerBehaviour,
  type StsAnswer,
  startStsServer,
} from '@posthorn/testing';
import { setUpMx } from '../testing/mx-world.ts';

const mx = 'mx.shop.example';
let authority: Authority;
let certificates: Record<'good' | 'expired' | 'mismatched' | 'unvouched' | 'web', Credentials>;

before(async () => {
  authority = await createAuthority();
  await using other = await createAuthority();
  certificates = {
    good: await authority.issue(mx),
    expired: await authority.issue(mx, { days: -1 }),
    mismatched: await authority.issue('mx.other.example'),
    unvouched: await other.issue(mx),
    web: await authority.issue('mta-sts.shop.example'),
  };
  // Production code trusts what Node trusts, so the test's authority joins those.
  setDefaultCACertificates([...getCACertificates('default'), authority.ca.toString()]);
});
after(() => authority[Symbol.asyncDispose]());

type Sink = 'good' | 'expired' | 'mismatched' | 'unvouched' | 'none' | 'refuse' | 'garbage';
const bad: readonly Sink[] = ['expired', 'mismatched', 'unvouched', 'none', 'refuse', 'garbage'];

const failures: Record<Sink, string> = {
  good: 'success',
  expired: 'certificate-expired',
  mismatched: 'certificate-host-mismatch',
  unvouched: 'certificate-not-trusted',
  none: 'starttls-not-supported',
  refuse: 'starttls-not-supported',
  garbage: 'validation-failure',
};

for (const sink of bad) {
  test(`F30 F31 opportunistic: a host whose TLS is ${sink} gets its mail, marked as not verified`, async (t) => {
    const { send } = await setUp(t, { sink });

    const sent = await send('a@shop.example');

    assert.equal(sent.kind, 'delivered');
    assert.notEqual(sent.tls?.verified, true);
    const isTls = ['expired', 'mismatched', 'unvouched'].includes(sink);
    assert.equal(sent.tls?.protocol, isTls ? 'TLSv1.3' : undefined);
  });

  test(`F30 F31 MTA-STS enforced: a host whose TLS is ${sink} gets nothing, in plain or otherwise`, async (t) => {
    const { send, sink: server, counted } = await setUp(t, { sink, sts: policy('enforce') });

    const sent = await send('a@shop.example');

    assert.partialDeepStrictEqual(sent, {
      ...{ kind: 'deferred', status: '4.7.5', category: 'POLICY' },
      tls: { protocol: 'none', verified: false, policy: 'sts' },
    });
    assert.equal(server?.commands.get('MAIL'), undefined);
    assert.deepEqual(counted(), [`sts|${mx}|${failures[sink]}|127.0.0.1|`]);
  });

  test(`F30 F31 REQUIRE_TLS: a host whose TLS is ${sink} gets nothing`, async (t) => {
    const { send, sink: server } = await setUp(t, { sink, requireTls: ['shop.example'] });

    assert.partialDeepStrictEqual(await send('a@shop.example'), { kind: 'deferred', status: '4.7.5' });
    assert.equal(server?.commands.get('MAIL'), undefined);
  });

  test(`F31 MTA-STS testing is never enforced: a host whose TLS is ${sink} gets its mail, and is counted`, async (t) => {
    const { send, counted } = await setUp(t, { sink, sts: policy('testing') });

    assert.equal((await send('a@shop.example')).kind, 'delivered');
    assert.ok(counted().includes(`sts|${mx}|${failures[sink]}|127.0.0.1|`), counted().join());
  });
}

for (const [name, options, expected] of [
  ['opportunistic', {}, 'none'],
  ['MTA-STS enforced', { sts: policy('enforce') }, 'sts'],
  ['REQUIRE_TLS', { requireTls: ['*'] }, 'required'],
] as const) {
  test(`F31 ${name}: a vouched-for certificate of the host is recorded as verified, with the protocol`, async (t) => {
    const { send, counted } = await setUp(t, { sink: 'good', ...options });

    const sent = await send('a@shop.example');

    assert.partialDeepStrictEqual(sent, {
      ...{ kind: 'delivered', mx },
      tls: { protocol: 'TLSv1.3', verified: true, policy: expected },
    });
    assert.match(sent.tls?.cipher ?? '', /^TLS_/);
    assert.deepEqual(counted(), [`${expected === 'sts' ? 'sts' : 'no-policy-found'}||success||`]);
  });
}

for (const [name, sink, record, isDelivered] of [
  ['usage 3, key', 'unvouched', () => tlsa(3, 1, leaf('unvouched')), true],
  ['usage 3, whole certificate, expired', 'expired', () => tlsa(3, 0, leaf('expired')), true],
  ['usage 2, the authority', 'good', () => tlsa(2, 1, authority.ca), true],
  ['usage 2, the authority, other name', 'mismatched', () => tlsa(2, 1, authority.ca), false],
  ['usage 2, the authority, expired', 'expired', () => tlsa(2, 0, authority.ca), false],
  ['usage 2, an authority that did not sign', 'unvouched', () => tlsa(2, 1, authority.ca), false],
  ['usage 3, another key', 'good', () => tlsa(3, 1, leaf('unvouched')), false],
  ['usage 3 and no TLS', 'none', () => tlsa(3, 1, leaf('good')), false],
  ['usage 3 and broken TLS', 'garbage', () => tlsa(3, 1, leaf('good')), false],
] as const) {
  test(`F31 DANE, ${name}: ${isDelivered ? 'delivered as verified' : 'deferred, never in plain'}`, async (t) => {
    const { send, sink: server } = await setUp(t, { sink, tlsa: { TLSA: [record()], isAuthentic: true } });

    const sent = await send('a@shop.example');

    assert.partialDeepStrictEqual(
      sent,
      isDelivered
        ? { kind: 'delivered', tls: { verified: true, policy: 'dane' } }
        : { kind: 'deferred', status: '4.7.5', tls: { policy: 'dane' } },
    );
    assert.equal(server?.commands.get('MAIL'), isDelivered ? 1 : undefined);
  });
}

test('B11 a TLS report is not held up by the failures it tells of, and makes none for the next one', async (t) => {
  const { send, counted, texts } = await setUp(t, { sink: 'expired', sts: policy('enforce') });

  const mail = await send('a@shop.example');
  const countedBefore = counted();
  const report = await send('tls@shop.example', { purpose: 'tls-report' });

  assert.deepEqual([mail.kind, report.kind], ['deferred', 'delivered']);
  assert.deepEqual(counted(), countedBefore);
  assert.deepEqual(texts(), [
    { strings: ['version: STSv1', 'mode: enforce', `mx: ${mx}`, 'max_age: 86400'], mxPatterns: [mx] },
  ]);
});

test('F31 a kept connection that proves nothing is not used for a domain that demands proof', async (t) => {
  const { send, sink, dns } = await setUp(t, { sink: 'unvouched', requireTls: ['bank.example'] });
  dns.add({ 'bank.example': { MX: [[10, mx]] } });

  const lenient = await send('a@shop.example');
  const strict = await send('a@bank.example');

  assert.equal(lenient.kind, 'delivered');
  assert.partialDeepStrictEqual(strict, { kind: 'deferred', status: '4.7.5' });
  assert.deepEqual([sink?.counts.accepted, sink?.counts.connections], [1, 2]);
});

test('F31 DANE counts only where the resolver validated every step', async (t) => {
  const wrong = tlsa(3, 1, leaf('unvouched'));
  const records = await setUp(t, { sink: 'good', tlsa: { TLSA: [wrong] } });
  const address = await setUp(t, {
    sink: 'good',
    tlsa: { TLSA: [wrong], isAuthentic: true },
    isPlainDns: true,
  });

  assert.partialDeepStrictEqual(await records.send('a@shop.example'), { tls: { policy: 'none' } });
  assert.partialDeepStrictEqual(await address.send('a@shop.example'), { tls: { policy: 'none' } });
});

test('F31 DANE with records that nobody can check demands TLS of whomever', async (t) => {
  const unusable = { ...tlsa(1, 1, leaf('good')), usage: 1 };
  const tls = await setUp(t, { sink: 'unvouched', tlsa: { TLSA: [unusable], isAuthentic: true } });
  const plain = await setUp(t, { sink: 'none', tlsa: { TLSA: [unusable], isAuthentic: true } });

  const sent = await tls.send('a@shop.example');
  assert.partialDeepStrictEqual(sent, { kind: 'delivered', tls: { verified: false, policy: 'dane' } });
  assert.partialDeepStrictEqual(await plain.send('a@shop.example'), { kind: 'deferred', status: '4.7.5' });
});

test('F31 DANE: where nobody can tell whether a host has records, it is not spoken to', async (t) => {
  const { send, connections } = await setUp(t, { sink: 'good', tlsa: { fault: 'servfail' } });

  assert.partialDeepStrictEqual(await send('a@shop.example'), { kind: 'deferred', status: '4.7.5' });
  assert.deepEqual(connections(), [0]);
});

function policy(mode: string, host = mx): StsAnswer {
  return { body: `version: STSv1\r\nmode: ${mode}\r\nmx: ${host}\r\nmax_age: 86400\r\n` };
}

function leaf(name: keyof typeof certificates): X509Certificate {
  return certificates[name].leaf;
}

function tlsa(usage: number, selector: number, certificate: X509Certificate) {
  const bytes =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(bytes).digest();
  return { usage, selector, matchingType: 1, certificate: digest };
}

type SetUp = Readonly<{
  sink: Sink;
  sts?: StsAnswer;
  tlsa?: DnsNode;
  requireTls?: readonly string[];
  /** Leaves the AD bit off what leads to the host. */
  isPlainDns?: boolean;
}>;

async function setUp(t: TestContext, { sink, sts, tlsa: records, requireTls = [], isPlainDns }: SetUp) {
  const isAuthentic = records !== undefined && !isPlainDns;
  const web = sts && (await startStsServer(certificates.web, sts));
  t.after(() => web?.[Symbol.asyncDispose]());
  const world = await setUpMx(t, {
    sinks: [behaviourOf(sink)],
    routing: { requireTls, ...(web && { stsPort: web.port }) },
    zone: {
      'shop.example': { MX: [[10, mx]], isAuthentic },
      [mx]: { A: ['127.0.0.1'], isAuthentic },
      ...(web && {
        '_mta-sts.shop.example': { TXT: ['v=STSv1; id=1;'] },
        'mta-sts.shop.example': { A: ['127.0.0.1'] },
      }),
    },
  });
  const server = world.sinks[0];
  const port = server?.port;
  if (records) world.dns.add({ [`_${port}._tcp.${mx}`]: records });
  return {
    ...world,
    sink: server,
    web,
    texts: () => [...world.redis.texts.values()].map((text): unknown => JSON.parse(text)),
    counted: () => [...world.redis.counts.keys()].map((key) => key.split(' ')[1]),
  };
}

function behaviourOf(sink: Sink): SinkServerBehaviour {
  if (sink === 'none') return {};
  return { startTls: sink === 'refuse' || sink === 'garbage' ? sink : certificates[sink] };
}
