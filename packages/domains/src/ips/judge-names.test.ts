import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDnsServer } from '@posthorn/testing';
import { createDnsLookup } from '../dns-lookup.ts';
import { reverseNameOf } from './ip-address.ts';
import { judgeEhlo, judgePtr } from './judge-names.ts';

const v4 = { address: '192.0.2.7', ehloName: 'mx7.posthorn.test' };
const v6 = { address: '2001:db8::7', ehloName: 'mx7.posthorn.test' };

test('an address whose names lead to each other passes, IPv4 and IPv6', async () => {
  await using world = await setUp({
    [reverseNameOf(v4.address)]: { PTR: ['other.test', 'MX7.posthorn.test'] },
    [reverseNameOf(v6.address)]: { PTR: ['mx7.posthorn.test'] },
    'mx7.posthorn.test': { A: ['192.0.2.6', '192.0.2.7'], AAAA: ['2001:db8:0:0:0:0:0:7'] },
  });

  for (const ip of [v4, v6])
    assert.deepEqual(
      [await judgePtr(ip, world.lookup), await judgeEhlo(ip, world.lookup)],
      [{ kind: 'passed' }, { kind: 'passed' }],
    );
});

test('no record, or another, is told with what to do', async () => {
  await using world = await setUp({
    [reverseNameOf('192.0.2.8')]: { PTR: ['host-8.isp.test'] },
    'mx7.posthorn.test': { A: ['192.0.2.9'] },
  });

  const absent = await judgePtr(v4, world.lookup);
  const wrong = await judgePtr({ ...v4, address: '192.0.2.8' }, world.lookup);
  const elsewhere = await judgeEhlo(v4, world.lookup);
  const noSuch = await judgeEhlo(v6, world.lookup);

  assert.match(
    messageOf(absent),
    /has no PTR record. Ask whoever gave you the address .* mx7\.posthorn\.test/,
  );
  assert.match(messageOf(wrong), /names host-8\.isp\.test.*or make that its EHLO name/);
  assert.match(messageOf(elsewhere), /leads to 192\.0\.2\.9.*mx7\.posthorn\.test A 192\.0\.2\.7/);
  assert.match(messageOf(noSuch), /no AAAA record.*mx7\.posthorn\.test AAAA 2001:db8::7/);
});

test('trouble in asking says nothing', async () => {
  await using world = await setUp({
    [reverseNameOf(v4.address)]: { fault: 'servfail' },
    'mx7.posthorn.test': { fault: 'refused' },
  });

  assert.equal((await judgePtr(v4, world.lookup)).kind, 'unknown');
  assert.equal((await judgeEhlo(v4, world.lookup)).kind, 'unknown');
});

function messageOf(judgement: Awaited<ReturnType<typeof judgePtr>>): string {
  if (judgement.kind !== 'failing') throw new Error(`expected failing, not ${judgement.kind}`);
  return judgement.message;
}

async function setUp(zone: Parameters<typeof startDnsServer>[0]) {
  const dns = await startDnsServer(zone);
  const lookup = createDnsLookup({ servers: [dns.address] });
  return { lookup, [Symbol.asyncDispose]: () => dns[Symbol.asyncDispose]() };
}
