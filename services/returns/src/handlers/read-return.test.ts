import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventsItem, ReturnItem } from '@posthorn/contracts';
import { createFakeClock, Fault, silentLogger } from '@posthorn/runtime';
import type { SendRecord } from '@posthorn/store';
import { accountId, aReturn, aStatusId, dayMs, golden, keyring, returnPathOf } from '../fixture.ts';
import { readReport } from '../parse/read-report.ts';
import { createSignedSubject } from '../signed-subject.ts';
import type { Voucher } from '../vouch.ts';
import { createReadReturn, type ReadReturnDeps } from './read-return.ts';

const nowMs = Date.now();
const vouched: Voucher = { kind: 'vouched', domain: 'fbl.example.net' };

test('B02: a failure is about our recipient, whoever the report names, and is one event', async () => {
  const world = setUp();
  const forged = golden('dsn-failed').replaceAll(/jane@example\.com/gi, 'victim@other.example');

  await world.read(forged, { deliveryIndex: 0 });
  await world.read(golden('dsn-failed'), { deliveryIndex: 0 });

  assert.deepEqual(
    world.posted.map((event) => event.type === 'BOUNCE' && event.recipient),
    ['jane@example.com', 'jane@example.com'],
  );
  assert.equal(new Set(world.posted.map(({ id }) => id)).size, 1);
});

test('B02: a delivery that bounced before is left as it is', async () => {
  const bounced = { ...attempt, category: 'UNKNOWN_USER', hard: true } as const;
  const world = setUp({ deliveries: [{ ...to, bounced }] });

  assert.equal((await world.read(golden('dsn-failed'), { deliveryIndex: 0 })).kind, 'done');

  assert.deepEqual(world.posted, []);
});

test('a late bounce has the category, code and words of the remote server, after its delivery', async () => {
  const world = setUp();
  await world.read(golden('exchange-dsn'), { deliveryIndex: 0 });

  const [event] = world.posted;

  assert.equal(event?.type, 'BOUNCE');
  assert.deepEqual(
    [event.category, event.hard, event.status, event.late, event.deliveryId],
    ['UNKNOWN_USER', true, '5.1.10', true, `${world.statusId}:0`],
  );
  assert.match(event.response, /^550 5\.1\.10 RESOLVER/);
  assert.ok(event.atMs >= (to.delivered?.atMs ?? 0));
});

test('B08: a delay, a relay and a success are noted and change nothing, once a day each', async () => {
  const world = setUp();
  for (const name of ['dsn-delayed', 'exim-delay-text', 'dsn-relayed', 'gmail-delay-text'])
    await world.read(golden(name), { deliveryIndex: 0 });

  assert.deepEqual(
    world.posted.map((event) => event.type === 'RETURN' && event.outcome),
    ['DELAYED', 'DELAYED', 'RELAYED', 'DELAYED'],
  );
  assert.equal(new Set(world.posted.map(({ id }) => id)).size, 2);
});

test('B07, S21: an automatic reply, and a report from a person, are no bounce', async () => {
  const world = setUp();
  await world.read(golden('vacation'), { deliveryIndex: 0 });
  await world.read(golden('dsn-failed'), { deliveryIndex: 0, mailFrom: 'eve@attacker.example' });

  assert.deepEqual(
    world.posted.map((event) => event.type === 'RETURN' && [event.outcome, event.response]),
    [
      ['AUTO_REPLY', 'vacation'],
      ['AUTO_REPLY', 'sender-not-null'],
    ],
  );
});

test('B04: a complaint that a listed source vouches for makes SPAMREPORT and STATUSCHANGE', async () => {
  const world = setUp();
  const raw = golden('arf-headers-only', world.statusId);
  await world.read(raw, { mailFrom: 'feedback@fbl.example.net' });

  const [spam, change] = world.posted;

  assert.equal(spam?.type, 'SPAMREPORT');
  assert.deepEqual(
    [spam.recipient, spam.feedbackType, spam.reportedBy],
    ['jane@example.com', 'abuse', vouched.domain],
  );
  assert.equal(change?.type, 'STATUSCHANGE');
  assert.deepEqual(
    [change.recipient, change.source, change.portalSubscriptionStatus],
    ['jane@example.com', 'SOURCE_SPAM_REPORT', 'UNSUBSCRIBED'],
  );
  assert.deepEqual(world.counted, [spam.deliveryId]);
});

test('B04: the return path in the embedded message proves the mail too, forged ids and paths do not', async () => {
  const world = setUp();
  const arf = golden('arf-abuse', 'ffffffff-ffff-8fff-8fff-ffffffffffff');
  const proved = arf.replaceAll(/b\+[a-z2-7]+@/g, `${returnPathOf(world.statusId).split('@')[0]}@`);
  const old = returnPathOf(aStatusId(nowMs - 99 * dayMs), 0, nowMs - 99 * dayMs);
  await world.read(proved, {});
  assert.equal(world.posted.length, 2);

  await world.read(arf, {});
  await world.read(arf.replaceAll(/b\+[a-z2-7]+@/g, `${old.split('@')[0]}@`), {});
  await world.read(arf.replaceAll(':20000001:', ':4294967296:'), {});

  assert.equal(world.posted.length, 2);
});

test('B04: what nobody vouches for is noted as unverified and suppresses nothing', async () => {
  const world = setUp({ voucher: { kind: 'nobody', reason: 'no listed source vouches for it' } });

  await world.read(golden('arf-abuse', world.statusId), {});

  const [event] = world.posted;
  assert.equal(event?.type === 'RETURN' && event.outcome, 'UNVERIFIED_COMPLAINT');
  assert.deepEqual([world.posted.length, world.counted.length], [1, 0]);
});

test('a message that Microsoft attaches is a complaint, at our return path and at the complaint address', async () => {
  for (const target of [{ deliveryIndex: 0 }, {}]) {
    const world = setUp();

    await world.read(golden('jmrp', world.statusId), { ...target, mailFrom: 'staff@hotmail.example' });

    assert.deepEqual(
      world.posted.map(({ type }) => type),
      ['SPAMREPORT', 'STATUSCHANGE'],
    );
  }
});

test('of several recipients in one text ours has its own words, and others blame no one', async () => {
  const world = setUp();

  await world.read(golden('several-recipients-text'), { deliveryIndex: 0 });
  await world.read(golden('several-recipients-text').replaceAll('jane@', 'joan@'), { deliveryIndex: 0 });

  assert.deepEqual(
    world.posted.map((event) => event.type === 'BOUNCE' && [event.class, event.category, event.hard]),
    [
      ['mailbox-full', 'MAILBOX_FULL', false],
      ['unclassified', 'UNCATEGORIZED', false],
    ],
  );
});

test('what is written to the postmaster is filed, and nothing follows from it, whatever it is', async () => {
  const world = setUp();
  const complaint = golden('arf-abuse', world.statusId);

  for (const raw of [complaint, golden('dsn-failed')])
    assert.equal((await world.read(raw, { isForPostmaster: true })).kind, 'done');

  assert.equal(world.filed.length, 2);
  assert.deepEqual([world.posted, world.counted, world.kept.size], [[], [], 0]);
});

test('a complaint that DNS cannot vouch for now is tried again, and given up as unverified', async () => {
  const world = setUp({ voucher: { kind: 'later' } });
  const raw = golden('arf-abuse', world.statusId);

  assert.equal((await world.read(raw, {}, 1)).kind, 'retry');
  assert.equal((await world.read(raw, {}, 8)).kind, 'done');
  assert.equal(world.posted.length, 1);
});

test('RFC 6430: not-spam takes nothing away and suppresses nothing', async () => {
  const world = setUp();

  await world.read(golden('arf-not-spam', world.statusId), {});

  assert.deepEqual(
    world.posted.map(({ type }) => type),
    ['RETURN'],
  );
});

test('H07, B06: what is not understood is recorded, and kept once a delivery', async () => {
  const world = setUp();

  await world.read(golden('nothing-known'), { deliveryIndex: 0 });

  const [event] = world.posted;
  assert.equal(event?.type === 'RETURN' && event.outcome, 'UNPARSED');
  assert.deepEqual([...world.kept.keys()], [`unparsed:${world.statusId}:0`]);
});

test('copies share a return path: the report chooses among them and never adds one (B02)', async () => {
  const copies = ['ann@example.com', 'jane@example.com'].map((recipient, at) => ({
    ...to,
    index: at + 1,
    recipient,
  }));
  const world = setUp({ deliveries: [{ ...to, recipient: 'first@example.com' }, ...copies] });
  const stranger = golden('dsn-failed').replaceAll(/jane@example\.com/gi, 'victim@other.example');

  await world.read(golden('dsn-failed'), { deliveryIndex: 1 });
  await world.read(stranger, { deliveryIndex: 1 });

  assert.deepEqual(
    world.posted.map((event) => 'deliveryId' in event && [event.type, event.deliveryId]),
    [
      ['BOUNCE', `${world.statusId}:2`],
      ['RETURN', `${world.statusId}:1`],
    ],
  );
});

test('of several groups the one that names our recipient counts', async () => {
  const world = setUp();
  await world.read(golden('dsn-several-recipients'), { deliveryIndex: 0 });

  const [event] = world.posted;

  assert.deepEqual(event?.type === 'BOUNCE' && [event.category, event.hard], ['MAILBOX_FULL', false]);
});

test('a report that overtakes the record waits for it, and is parked after a day', async () => {
  const world = setUp({ isRecorded: false });

  assert.equal((await world.read(golden('dsn-failed'), { deliveryIndex: 0 })).kind, 'retry');
  const late = { deliveryIndex: 0, receivedAtMs: nowMs - 2 * dayMs };
  assert.equal((await world.read(golden('dsn-failed'), late)).kind, 'park');
});

test('while MongoDB is away the report waits; while Redis is away nothing is settled', async () => {
  const away = () => Promise.reject(new Fault('unavailable', 'away'));
  const noDatabase = setUp({ deps: { findSend: away } });
  const noRedis = setUp({ deps: { postAll: away } });

  assert.equal((await noDatabase.read(golden('dsn-failed'), { deliveryIndex: 0 })).kind, 'retry');
  await assert.rejects(noRedis.read(golden('dsn-failed'), { deliveryIndex: 0 }), Fault);
});

const attempt = {
  ...{ atMs: nowMs - 60_000, eventId: 'e', attempt: 2 },
  ...{ response: '250 ok', status: '2.0.0', mx: 'mx.example.com' },
};
const to: SendRecord['deliveries'][number] = {
  ...{ index: 0, recipient: 'jane@example.com', state: 'delivered', delivered: attempt },
};

type Options = {
  deliveries?: SendRecord['deliveries'];
  voucher?: Voucher;
  isRecorded?: boolean;
  deps?: Partial<ReadReturnDeps>;
};

function setUp({ deliveries = [to], voucher = vouched, isRecorded = true, deps = {} }: Options = {}) {
  const statusId = aStatusId(nowMs);
  const posted: Exclude<EventsItem, { type: 'CONTACT' }>[] = [];
  const kept = new Map<string, Buffer>();
  const counted: string[] = [];
  const filed: string[] = [];
  const record: SendRecord = {
    ...{ statusId, accountId, emailId: 42, deliveries, opens: {}, clicks: {} },
    view: { statusId, status: 'COMPLETE' },
  };
  const readReturn = createReadReturn({
    read: async (task) => readReport(task),
    findSignedSubject: createSignedSubject({ keyring, complaintDaysMax: 60 }),
    vouch: async () => voucher,
    findSend: async (_, id) => (isRecorded && id === statusId ? record : null),
    keepForPostmaster: async ({ id }) => (filed.push(id) > 1 ? 'full' : 'kept'),
    keepRaw: async (id, bytes) => void kept.set(id, bytes),
    postAll: async (items) => {
      for (const item of items) if (item.type !== 'CONTACT') posted.push(item);
    },
    countComplaint: async ({ deliveryId }) => void counted.push(deliveryId),
    clock: createFakeClock(nowMs),
    log: silentLogger,
    ...deps,
  });
  const read = (raw: string, fields: Partial<ReturnItem> & { deliveryIndex?: number }, attempts = 1) => {
    const item = aReturn(raw, { statusId, receivedAtMs: nowMs, ...fields });
    const taken = {
      id: item.id,
      item,
      attempt: attempts,
      originBagId: 'b',
      firstPostedAtMs: nowMs,
      crashes: 0,
    };
    return readReturn(taken);
  };
  return { statusId, posted, kept, counted, filed, read };
}
