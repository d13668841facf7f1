import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type DnsZone, startDnsServer, startNsd } from '@posthorn/testing';
import { createDnsClient, parseDnsServer } from './dns-client.ts';

test('records come with their time to live, and whether the resolver validated them', async (t) => {
  const { client } = await setUp(t, {
    'a.example': { A: ['192.0.2.1', '192.0.2.2'], ttlSeconds: 7, isAuthentic: true },
    'b.example': { MX: [[10, 'MX.b.example']], TXT: ['v=STSv1; id=1;'] },
  });

  assert.deepEqual(await client.query('A.example', 'A'), {
    kind: 'records',
    records: ['192.0.2.1', '192.0.2.2'],
    ttlMs: 7_000,
    isAuthentic: true,
  });
  assert.partialDeepStrictEqual(await client.query('b.example', 'MX'), {
    records: [{ preference: 10, exchange: 'mx.b.example' }],
    isAuthentic: false,
  });
  assert.partialDeepStrictEqual(await client.query('b.example', 'TXT'), { records: ['v=STSv1; id=1;'] });
});

test('F36 no such name, no such record, and a resolver that fails are three things', async (t) => {
  const { client } = await setUp(t, {
    'none.example': { TXT: ['x'] },
    'broken.example': { fault: 'servfail' },
    'refused.example': { fault: 'refused' },
    'silent.example': { fault: 'timeout' },
    'noise.example': { fault: 'garbage' },
    'forged.example': { fault: 'forged' },
  });
  const kinds = async (name: string) => (await client.query(name, 'MX')).kind;

  assert.equal(await kinds('missing.example'), 'nxdomain');
  assert.equal(await kinds('none.example'), 'none');
  assert.deepEqual(await client.query('broken.example', 'MX'), { kind: 'failed', reason: 'SERVFAIL' });
  for (const name of ['refused.example', 'silent.example', 'noise.example'])
    assert.equal(await kinds(name), 'failed');
});

test('a reply to another question is passed over, whatever it says', async (t) => {
  const { client } = await setUp(t, { 'victim.example': { fault: 'forged' } });

  assert.equal((await client.query('victim.example', 'A')).kind, 'failed');
});

test('F36 a truncated reply is asked for again over TCP, and so is one that does not fit', async (t) => {
  const many = Array.from({ length: 300 }, (_, at) => [at, `mx${at}.many.example`] as const);
  const { client, dns } = await setUp(t, {
    'cut.example': { A: ['192.0.2.1'], fault: 'truncate' },
    'many.example': { MX: many },
  });

  assert.partialDeepStrictEqual(await client.query('cut.example', 'A'), { records: ['192.0.2.1'] });
  const found = await client.query('many.example', 'MX');
  assert.equal(found.kind === 'records' && found.records.length, 300);
  assert.deepEqual(
    dns.queries.map(({ transport }) => transport),
    ['udp', 'tcp', 'udp', 'tcp'],
  );
});

test('a resolver that does not answer is passed over for the next', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { dns } = await setUp(t, { 'a.example': { A: ['192.0.2.1'] } });
  const first = { host: '127.0.0.1', port: silent.address().port };
  const client = createDnsClient({ servers: [first, ...parseDnsServer(dns.address)], timeoutMs: 1_000 });

  assert.equal((await client.query('a.example', 'A')).kind, 'records');
});

test('a resolver that cannot even be reached is a failure, not an error', async () => {
  const servers = ['[fe80::1]:53', '255.255.255.255:53', '127.0.0.1:1'].flatMap(parseDnsServer);
  const client = createDnsClient({ servers, timeoutMs: 50 });

  assert.equal((await client.query('a.example', 'A')).kind, 'failed');
});

test('aliases are followed, with the shortest time to live, and a circle of them is a failure', async (t) => {
  const { client } = await setUp(t, {
    'alias.example': { CNAME: 'real.example', ttlSeconds: 5 },
    'real.example': { A: ['192.0.2.9'] },
    'dangling.example': { CNAME: 'gone.example' },
    'x.example': { CNAME: 'y.example' },
    'y.example': { CNAME: 'x.example' },
  });

  assert.partialDeepStrictEqual(await client.query('alias.example', 'A'), {
    records: ['192.0.2.9'],
    ttlMs: 5_000,
  });
  assert.equal((await client.query('dangling.example', 'A')).kind, 'nxdomain');
  assert.equal((await client.query('x.example', 'A')).kind, 'failed');
});

test('a real server (NSD) is understood the same way: records, null MX, aliases, TCP, no data, no name', async () => {
  const many = Array.from({ length: 200 }, (_, at) => `many IN MX ${at} mx${at}.a-rather-long-name`).join(
    '\n',
  );
  const zone = `
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
mail IN MX 10 Mx1
mail IN MX 20 mx2
mx1 IN A 192.0.2.1
mx1 IN AAAA 2001:db8::1
null IN MX 0 .
alias IN CNAME mx1
_25._tcp.mx1 IN TLSA 3 1 1 ${'ab'.repeat(32)}
_mta-sts.mail IN TXT "v=STSv1; " "id=20260101;"
${many}
`;
  await using nsd = await startNsd({ origin: 'real.example', zone });
  const client = createDnsClient({ servers: parseDnsServer(nsd.address), timeoutMs: 2_000 });
  const records = async (...question: Parameters<typeof client.query>) => {
    const answer = await client.query(...question);
    return answer.kind === 'records' ? answer.records : answer.kind;
  };

  assert.deepEqual(await records('mail.real.example', 'MX'), [
    { preference: 10, exchange: 'mx1.real.example' },
    { preference: 20, exchange: 'mx2.real.example' },
  ]);
  assert.deepEqual(await records('null.real.example', 'MX'), [{ preference: 0, exchange: '.' }]);
  assert.deepEqual(await records('alias.real.example', 'A'), ['192.0.2.1']);
  assert.deepEqual(await records('mx1.real.example', 'AAAA'), ['2001:db8::1']);
  assert.partialDeepStrictEqual(await records('_25._tcp.mx1.real.example', 'TLSA'), [
    { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, 0xab) },
  ]);
  assert.deepEqual(await records('_mta-sts.mail.real.example', 'TXT'), ['v=STSv1; id=20260101;']);
  assert.equal((await records('many.real.example', 'MX')).length, 200);
  assert.equal(await records('mx1.real.example', 'MX'), 'none');
  assert.equal(await records('gone.real.example', 'MX'), 'nxdomain');
  assert.equal(await records('elsewhere.example', 'MX'), 'failed', 'NSD refuses what is not its own');
});

test('resolvers are named by address, with or without a port', () => {
  assert.deepEqual(parseDnsServer('9.9.9.9'), [{ host: '9.9.9.9', port: 53 }]);
  assert.deepEqual(parseDnsServer('127.0.0.1:5353'), [{ host: '127.0.0.1', port: 5_353 }]);
  assert.deepEqual(parseDnsServer('[::1]:53'), [{ host: '::1', port: 53 }]);
  for (const wrong of ['resolver.example', '', '1.2.3:53', '127.0.0.1:99999'])
    assert.deepEqual(parseDnsServer(wrong), []);
});

async function setUp(t: TestContext, zone: DnsZone) {
  const dns = await startDnsServer(zone);
  t.after(() => dns[Symbol.asyncDispose]());
  const client = createDnsClient({ servers: parseDnsServer(dns.address), timeoutMs: 400, tries: 2 });
  return { dns, client };
}
