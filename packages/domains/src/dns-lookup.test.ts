import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDnsServer } from '@posthorn/testing';
import { createDnsLookup } from './dns-lookup.ts';

test('records come as text: a TXT joined from its strings, an MX with its preference, names in lower case', async () => {
  const long = 'x'.repeat(700);
  await using dns = await startDnsServer({
    'a.test': { TXT: [long, 'short'], MX: [[10, 'MX.Example']] },
    'c.test': { CNAME: 'Target.Example' },
    'target.example': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
    '1.2.0.192.in-addr.arpa': { PTR: ['MX1.Example'] },
  });
  const lookup = createDnsLookup({ servers: [dns.address] });

  assert.deepEqual(await lookup('TXT', 'a.test'), { kind: 'found', values: [long, 'short'] });
  assert.deepEqual(await lookup('MX', 'a.test'), { kind: 'found', values: ['10 mx.example'] });
  assert.deepEqual(await lookup('CNAME', 'c.test'), { kind: 'found', values: ['target.example'] });
  assert.deepEqual(await lookup('ADDRESS', 'target.example'), {
    kind: 'found',
    values: ['192.0.2.1', '2001:db8::1'],
  });
  assert.deepEqual(await lookup('A', 'target.example'), { kind: 'found', values: ['192.0.2.1'] });
  assert.deepEqual(await lookup('AAAA', 'target.example'), { kind: 'found', values: ['2001:db8::1'] });
  const pointer = await lookup('PTR', '1.2.0.192.in-addr.arpa');
  assert.deepEqual(pointer, { kind: 'found', values: ['mx1.example'] });
});

test('a name that does not exist, or has no such record, has none', async () => {
  await using dns = await startDnsServer({ 'a.test': { A: ['192.0.2.1'] } });
  const lookup = createDnsLookup({ servers: [dns.address] });

  for (const type of ['TXT', 'MX', 'CNAME'] as const)
    assert.deepEqual(
      [await lookup(type, 'a.test'), await lookup(type, 'b.test')],
      [{ kind: 'none' }, { kind: 'none' }],
      type,
    );
});

test('trouble on the way says nothing about the record', async () => {
  await using dns = await startDnsServer({
    'servfail.test': { fault: 'servfail' },
    'refused.test': { fault: 'refused' },
    'timeout.test': { fault: 'timeout' },
    'garbage.test': { fault: 'garbage' },
  });
  const lookup = createDnsLookup({ servers: [dns.address] });

  for (const type of ['TXT', 'ADDRESS'] as const) {
    const answers = await Promise.all(
      ['servfail', 'refused', 'timeout', 'garbage'].map((name) => lookup(type, `${name}.test`)),
    );
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['unknown', 'unknown', 'unknown', 'unknown'],
      type,
    );
  }
});

test('a resolver that is not there says nothing about the record', async () => {
  const gone = await startDnsServer();
  await gone[Symbol.asyncDispose]();

  const answer = await createDnsLookup({ servers: [gone.address] })('TXT', 'a.test');

  assert.equal(answer.kind, 'unknown');
});

test('an answer of before is not kept: what was published meanwhile is seen at once', async () => {
  await using dns = await startDnsServer({});
  const lookup = createDnsLookup({ servers: [dns.address] });

  assert.equal((await lookup('TXT', 'new.test')).kind, 'none');
  dns.serve({ 'new.test': { TXT: ['here'] } });

  assert.equal((await lookup('TXT', 'new.test')).kind, 'found');
});
