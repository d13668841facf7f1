import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSmtpSink } from '@posthorn/testing';
import { setUpMx } from '../testing/mx-world.ts';

const local = (last: number) => ({ A: [`127.0.0.${last}`] });

test('mail goes to the preferred mail host, over one kept connection', async (t) => {
  const { send, connections } = await setUpMx(t, {
    sinks: [{}, {}],
    zone: {
      'shop.example': {
        MX: [
          [20, 'mx1.shop.example'],
          [10, 'mx2.shop.example'],
        ],
      },
      'mx1.shop.example': local(1),
      'mx2.shop.example': local(2),
    },
  });

  const sent = await send('a@Shop.example');
  await send('b@shop.example');

  assert.partialDeepStrictEqual(sent, { kind: 'delivered', mx: 'mx2.shop.example' });
  assert.deepEqual(connections(), [0, 1]);
});

test('mail hosts of equal preference share the mail by chance', async (t) => {
  const { send, sinks, connections } = await setUpMx(t, {
    sinks: [{ messagesMax: 1 }, { messagesMax: 1 }],
    zone: {
      'shop.example': {
        MX: [
          [10, 'mx1.shop.example'],
          [10, 'mx2.shop.example'],
        ],
      },
      'mx1.shop.example': local(1),
      'mx2.shop.example': local(2),
    },
  });

  for (let count = 0; count < 24; count += 1) {
    await send('a@shop.example');
    for (const sink of sinks) sink.dropConnections();
  }

  const [first = 0, second = 0] = connections();
  assert.ok(first > 0 && second > 0, `${first} and ${second} connections`);
});

test('F17 a mail host that refuses the connection: its next address, then the next host; none left, it waits', async (t) => {
  const zone = {
    'shop.example': {
      MX: [
        [10, 'mx1.shop.example'],
        [20, 'mx2.shop.example'],
      ] as const,
    },
    'mx1.shop.example': { A: ['127.0.0.8', '127.0.0.9'] },
    'mx2.shop.example': { A: ['127.0.0.7', '127.0.0.1'] },
    'dead.example': { MX: [[10, 'mx1.shop.example']] as const },
  };
  const { send } = await setUpMx(t, { zone });

  assert.partialDeepStrictEqual(await send('a@shop.example'), { kind: 'delivered', mx: 'mx2.shop.example' });
  assert.partialDeepStrictEqual(await send('a@dead.example'), { kind: 'deferred', status: '4.4.1' });
});

test('F17 an address that just took no connection is tried after the others, and still where there are none', async (t) => {
  const { send, sinks } = await setUpMx(t, {
    zone: {
      'slow.example': {
        MX: [
          [10, 'dead.example'],
          [20, 'mx.slow.example'],
        ],
      },
      'only.example': { MX: [[10, 'dead.example']] },
      'dead.example': { A: ['127.0.0.9'] },
      'mx.slow.example': local(1),
    },
  });
  await send('a@slow.example');
  const revived = await startSmtpSink({ host: '127.0.0.9', port: sinks[0]?.port ?? 0 });
  t.after(() => revived[Symbol.asyncDispose]());
  sinks[0]?.dropConnections();

  const sent = await send('a@slow.example');
  const only = await send('a@only.example');

  assert.partialDeepStrictEqual(sent, { kind: 'delivered', mx: 'mx.slow.example' });
  assert.partialDeepStrictEqual(only, { kind: 'delivered', mx: 'dead.example' });
});

test('F35 a domain that does not exist is looked up again after five minutes and then is a bounce', async (t) => {
  const { send, clock, dns } = await setUpMx(t, { zone: {} });

  const first = await send('a@missing.example');
  clock.advance(300_000);
  const second = await send('a@missing.example', { ageMs: 300_000 });

  assert.partialDeepStrictEqual(first, { kind: 'deferred', status: '4.4.3', category: 'DNS_FAILURE' });
  assert.partialDeepStrictEqual(second, { kind: 'bounced', status: '5.1.2' });
  assert.equal(dns.queries.filter(({ type }) => type === 'MX').length, 2);
});

test('F35 a domain that is new by the second look gets its mail', async (t) => {
  const { send, clock, dns } = await setUpMx(t, { zone: {} });
  await send('a@fresh.example');
  dns.serve({ 'fresh.example': { MX: [[10, 'mx.fresh.example']] }, 'mx.fresh.example': local(1) });
  clock.advance(300_000);

  assert.equal((await send('a@fresh.example', { ageMs: 300_000 })).kind, 'delivered');
});

for (const fault of ['servfail', 'timeout', 'refused', 'garbage'] as const) {
  test(`F36 a resolver that fails (${fault}) makes the mail wait, and the address of the domain is not tried`, async (t) => {
    const { send, connections, dns } = await setUpMx(t, {
      zone: { 'sick.example': { fault, A: ['127.0.0.1'] } },
    });

    const sent = await send('a@sick.example', { ageMs: 3_600_000 });

    assert.partialDeepStrictEqual(sent, { kind: 'deferred', status: '4.4.3' });
    assert.deepEqual(connections(), [0]);
    assert.ok(dns.queries.every(({ type }) => type === 'MX' || type === 'TXT'));
  });
}

test('F36 truncated answers are fetched whole, and a mail host whose address nobody can tell makes the mail wait', async (t) => {
  const { send } = await setUpMx(t, {
    zone: {
      'long.example': { MX: [[10, 'mx.long.example']], fault: 'truncate' },
      'mx.long.example': local(1),
      'half.example': {
        MX: [
          [10, 'mx.half.example'],
          [20, 'gone.example'],
        ],
      },
      'mx.half.example': { fault: 'servfail' },
    },
  });

  assert.equal((await send('a@long.example')).kind, 'delivered');
  assert.partialDeepStrictEqual(await send('a@half.example'), { kind: 'deferred', status: '4.4.3' });
});

test('F37 a null MX is a bounce at once and no connection; beside other records it is passed over', async (t) => {
  const { send, connections } = await setUpMx(t, {
    zone: {
      'null.example': { MX: [[0, '.']], A: ['127.0.0.1'] },
      'messy.example': {
        MX: [
          [0, '.'],
          [10, 'mx.messy.example'],
        ],
      },
      'mx.messy.example': local(1),
    },
  });

  assert.partialDeepStrictEqual(await send('a@null.example'), { kind: 'bounced', status: '5.1.10' });
  assert.deepEqual(connections(), [0]);
  assert.equal((await send('a@messy.example')).kind, 'delivered');
});

test('F38 a domain without MX gets its mail at its own address, and one with no address either is a bounce', async (t) => {
  const { send } = await setUpMx(t, {
    zone: { 'plain.example': local(1), 'empty.example': { TXT: ['x'] }, 'wide.example': { AAAA: ['::1'] } },
    routing: { preference: 'ipv6' },
  });

  assert.partialDeepStrictEqual(await send('a@plain.example'), { kind: 'delivered', mx: 'plain.example' });
  assert.partialDeepStrictEqual(await send('a@empty.example'), { kind: 'bounced', status: '5.4.4' });
  assert.partialDeepStrictEqual(await send('a@wide.example'), { kind: 'deferred', status: '4.4.1' });
});

test('F39 an MX that is an alias works, one that is an address does not, and one that does not exist is passed over', async (t) => {
  const { send } = await setUpMx(t, {
    zone: {
      'alias.example': { MX: [[10, 'www.alias.example']] },
      'www.alias.example': { CNAME: 'real.alias.example' },
      'real.alias.example': local(1),
      'number.example': { MX: [[10, '127.0.0.1']] },
      'partly.example': {
        MX: [
          [10, 'gone.partly.example'],
          [20, 'real.alias.example'],
        ],
      },
      'gone.example': { MX: [[10, 'no.gone.example']] },
    },
  });

  assert.partialDeepStrictEqual(await send('a@alias.example'), {
    kind: 'delivered',
    mx: 'www.alias.example',
  });
  assert.partialDeepStrictEqual(await send('a@number.example'), { kind: 'bounced', status: '5.4.4' });
  assert.partialDeepStrictEqual(await send('a@partly.example'), { kind: 'delivered' });
  assert.partialDeepStrictEqual(await send('a@gone.example'), { kind: 'bounced', status: '5.4.4' });
});

test('F40 where we are among the mail hosts, by name or address, only those preferred to us get the mail', async (t) => {
  const { send, connections } = await setUpMx(t, {
    sinks: [{}, {}],
    routing: { addresses: { allowPrivate: true, ownAddresses: ['127.0.0.2'] } },
    zone: {
      'us.example': {
        MX: [
          [10, 'mail.sender.example'],
          [20, 'mx.other.example'],
        ],
      },
      'behind.example': {
        MX: [
          [10, 'dead.example'],
          [20, 'mail.sender.example'],
          [30, 'mx.other.example'],
        ],
      },
      'disguised.example': {
        MX: [
          [10, 'alias.us.example'],
          [10, 'mx.other.example'],
        ],
      },
      'better.example': {
        MX: [
          [10, 'mx.other.example'],
          [20, 'mail.sender.example'],
        ],
      },
      'alias.us.example': local(2),
      'dead.example': local(9),
      'mx.other.example': local(1),
    },
  });

  assert.partialDeepStrictEqual(await send('a@us.example'), { kind: 'bounced', status: '5.4.6' });
  assert.partialDeepStrictEqual(await send('a@behind.example'), { kind: 'deferred', status: '4.4.1' });
  assert.partialDeepStrictEqual(await send('a@disguised.example'), { kind: 'bounced', status: '5.4.6' });
  assert.deepEqual(connections(), [0, 0]);
  assert.equal((await send('a@better.example')).kind, 'delivered');
});

for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '0.0.0.0', '192.168.7.7']) {
  test(`F41 an MX at ${address} is a bounce and no connection`, async (t) => {
    const { send, connections } = await setUpMx(t, {
      routing: { addresses: { allowPrivate: false } },
      zone: { 'inward.example': { MX: [[10, 'mx.inward.example']] }, 'mx.inward.example': { A: [address] } },
    });

    assert.partialDeepStrictEqual(await send('a@inward.example'), { kind: 'bounced', status: '5.4.4' });
    assert.deepEqual(connections(), [0]);
  });
}

test('F41 and so is one at ::1, ::ffff:127.0.0.1, fc00::/7 or 64:ff9b::/96', async (t) => {
  const AAAA = ['::1', '::ffff:127.0.0.1', 'fd00::1', '64:ff9b::7f00:1'];
  const { send, connections } = await setUpMx(t, {
    routing: { addresses: { allowPrivate: false } },
    zone: { 'inward.example': { AAAA } },
  });

  assert.partialDeepStrictEqual(await send('a@inward.example'), { kind: 'bounced', status: '5.4.4' });
  assert.deepEqual(connections(), [0]);
});

test('F41 an answer that changes after it was checked (rebinding, TTL 0) is never dialled unchecked', async (t) => {
  const { send, sinks, connections, clock } = await setUpMx(t, {
    sinks: [{}, {}],
    routing: { addresses: { allowPrivate: true, ownAddresses: ['127.0.0.2'] } },
    zone: {
      'flip.example': { MX: [[10, 'mx.flip.example']], ttlSeconds: 0 },
      'mx.flip.example': [
        // One lookup asks twice, for A and AAAA.
        ...Array.from({ length: 2 }, () => ({ A: ['127.0.0.1'], ttlSeconds: 0 })),
        { A: ['127.0.0.2'], ttlSeconds: 0 },
      ],
    },
  });

  const first = await send('a@flip.example');
  sinks[0]?.dropConnections();
  clock.advance(1);
  const second = await send('a@flip.example');

  assert.equal(first.kind, 'delivered');
  assert.partialDeepStrictEqual(second, { kind: 'bounced', status: '5.4.6' });
  assert.deepEqual(connections(), [1, 0]);
});

for (const address of [
  ...['user@[127.0.0.1]', 'user@[IPv6:::1]', 'user@127.0.0.1', 'user@0x7f.1'],
  `user@${'x'.repeat(64)}.example`,
  `user@${'long.'.repeat(60)}example`,
  'user@a..example',
]) {
  test(`mail to an address literal, or to what is no host name (${address}), is refused without asking DNS`, async (t) => {
    const { send, connections, dns } = await setUpMx(t, { zone: {} });

    assert.partialDeepStrictEqual(await send(address), { kind: 'bounced', status: '5.1.2' });
    assert.deepEqual([connections(), dns.queries.length], [[0], 0]);
  });
}

test('F42 of a hundred mail hosts with twenty addresses each, at most ten times five are tried', async (t) => {
  const hosts = Array.from({ length: 100 }, (_, at) => `mx${at}.many.example`);
  const dead = Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`);
  const { router, send } = await setUpMx(t, {
    zone: {
      'many.example': { MX: hosts.map((host) => [10, host] as const) },
      ...Object.fromEntries(hosts.map((host) => [host, { A: dead }])),
    },
  });

  const route = await router.routeFor('many.example');
  const places = await Promise.all(route.hosts.map(({ host }) => route.guide?.locate(host)));
  const sent = await send('a@many.example');

  assert.equal(route.hosts.length, 10);
  assert.ok(places.every((place) => place?.kind === 'found' && place.addresses.length === 5));
  assert.partialDeepStrictEqual(sent, { kind: 'deferred', status: '4.4.1' });
});

test('a route is looked up once for all who ask at once, and not again before its time', async (t) => {
  const { router, dns, clock } = await setUpMx(t, {
    zone: { 'shop.example': { MX: [[10, 'mx.shop.example']], ttlSeconds: 1 } },
  });
  const lookups = () => dns.queries.filter(({ type }) => type === 'MX').length;

  await Promise.all(Array.from({ length: 50 }, () => router.routeFor('shop.example')));
  clock.advance(59_000);
  await router.routeFor('shop.example');
  const before = lookups();
  clock.advance(1_000);
  await router.routeFor('shop.example');

  assert.deepEqual([before, lookups()], [1, 2], 'a time to live of a second is a minute here');
});

test('an internationalized domain is looked up by its ASCII form', async (t) => {
  const { send } = await setUpMx(t, {
    zone: { 'xn--bcher-kva.example': { MX: [[10, 'mx.example']] }, 'mx.example': local(1) },
  });

  assert.equal((await send('a@bücher.example')).kind, 'delivered');
});
