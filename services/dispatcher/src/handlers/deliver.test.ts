import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DispatchItem, Event } from '@posthorn/contracts';
import type { RetrySchedule } from '@posthorn/mail';
import { type BagContext, done, retryAfter, type Taken, type Verdict, waitFor } from '@posthorn/queue';
import { createFakeClock, Fault, silentLogger } from '@posthorn/runtime';
import { createAttemptTelemetry } from '../attempt-telemetry.ts';
import type { DeliveryMark, DeliveryMarks } from '../delivery-mark.ts';
import type { Outcome } from '../outcome.ts';
import { createRecorder } from '../recorder.ts';
import type { Go, Permit } from '../shaping.ts';
import { createSlots } from '../slots.ts';
import type { OutboundMessage } from '../smtp/outbound-message.ts';
import type { SmtpPool } from '../smtp-pool.ts';
import { createDeliver } from './deliver.ts';

const minuteMs = 60_000;
const statusId = '0190f3c0-0000-8000-8000-000000000001';
const ann = 'ann@example.org';
const bob = 'bob@example.org';
const delivered: Outcome = { kind: 'delivered', response: '250 2.0.0 ok', status: '2.0.0' };
const deferred: Outcome = {
  ...{ kind: 'deferred', response: '451 4.7.1 later', status: '4.7.1' },
  ...{ category: 'GREYLISTING', scope: 'recipient' },
};
const bounced: Outcome = {
  ...{ kind: 'bounced', response: '550 5.1.1 no', status: '5.1.1' },
  ...{ category: 'UNKNOWN_USER', hard: true },
};
const ambiguous: Outcome = { kind: 'ambiguous', response: 'no reply after the final dot' };

test('a delivery is marked before its dot, its end is marked, reported and settled, and then its mark is gone', async () => {
  const { deliver, steps, marks } = setUp({ outcomes: { [ann]: delivered } });

  await deliver([taken()]);

  assert.deepEqual(steps, [
    'mark 0 committing',
    'dot',
    'mark 0 DELIVERED',
    'report PROCESSED DELIVERED',
    'settle done',
    'clear 0',
  ]);
  assert.equal(marks.size, 0);
});

test('a deferred delivery is tried again after its backoff', async () => {
  const { deliver, verdicts, posted, clock } = setUp({ outcomes: { [ann]: deferred } });

  await deliver([taken()]);

  assert.deepEqual(verdicts, [retryAfter(5 * minuteMs, 'deferred')]);
  assert.partialDeepStrictEqual(posted.at(1), {
    ...{ type: 'DEFERRED', attempt: 1, category: 'GREYLISTING', status: '4.7.1' },
    nextAttemptAtMs: clock.nowMs() + 5 * minuteMs,
  });
});

test('B11 what we send for ourselves is tried like any mail and is nobody’s event', async () => {
  const { deliver, verdicts, posted } = setUp({ outcomes: { [ann]: deferred } });
  const { item, ...rest } = taken();

  await deliver([{ ...rest, item: { ...item, purpose: 'tls-report' } }]);

  assert.deepEqual([verdicts, posted], [[retryAfter(5 * minuteMs, 'deferred')], []]);
});

test('a refused delivery bounces hard and is not tried again', async () => {
  const { deliver, verdicts, posted } = setUp({ outcomes: { [ann]: bounced } });

  await deliver([taken()]);

  assert.deepEqual(verdicts, [done]);
  assert.partialDeepStrictEqual(posted.at(1), { type: 'BOUNCE', category: 'UNKNOWN_USER', hard: true });
});

test('a delivery deferred past its time becomes a soft bounce', async () => {
  const { deliver, verdicts, posted, clock } = setUp({ outcomes: { [ann]: deferred } });

  await deliver([taken({ expiresAtMs: clock.nowMs() + 1_000 })]);

  assert.deepEqual(verdicts, [done]);
  assert.partialDeepStrictEqual(posted.at(1), { type: 'BOUNCE', category: 'TIMEOUT', hard: false });
});

test('F20 of several recipients only the deferred one is tried again, when it is due, with the same bytes', async () => {
  const { deliver, sent, verdicts, posted, clock } = setUp({
    outcomes: { [ann]: delivered, [bob]: deferred },
  });
  const item = taken({ recipients: [ann, bob] });

  await deliver([item]);
  clock.advance(5 * minuteMs);
  await deliver([{ ...item, attempt: 2 }]);

  assert.deepEqual(
    sent.map(({ recipients }) => recipients),
    [[ann, bob], [bob]],
  );
  assert.equal(sent[0]?.rendition, sent[1]?.rendition);
  assert.deepEqual(verdicts, [retryAfter(5 * minuteMs, 'deferred'), retryAfter(10 * minuteMs, 'deferred')]);
  assert.equal(posted.filter(({ type }) => type === 'DELIVERED').length, 1);
});

test('F25 an unanswered dot is tried again twice at most, then held', async () => {
  const { deliver, posted, sent, verdicts, clock } = setUp({ outcomes: { [ann]: ambiguous } });

  for (const attempt of [1, 2, 3]) {
    await deliver([{ ...taken(), attempt }]);
    clock.advance(60 * minuteMs);
  }

  assert.equal(sent.length, 3);
  assert.deepEqual(
    posted.filter(({ type }) => type !== 'PROCESSED').map(({ type }) => type),
    ['DEFERRED', 'DEFERRED', 'UNKNOWN'],
  );
  assert.deepEqual(verdicts.at(-1), done);
});

test('F25 an unanswered dot is held at once for an account that would rather have none than two', async () => {
  const { deliver, posted, verdicts } = setUp({ outcomes: { [ann]: ambiguous } });

  await deliver([taken({ onAmbiguous: 'hold' })]);

  assert.equal(posted.at(1)?.type, 'UNKNOWN');
  assert.deepEqual(verdicts, [done]);
});

test('F05 a delivery found committing is sent again and counted, or held, as the account says', async () => {
  const committing = { state: 'committing', attempt: 1, ambiguousCount: 1 } as const;
  const retry = setUp({ outcomes: { [ann]: delivered }, marks: { 0: committing } });
  const hold = setUp({ outcomes: { [ann]: delivered }, marks: { 0: committing } });
  const worn = setUp({ outcomes: { [ann]: delivered }, marks: { 0: { ...committing, ambiguousCount: 2 } } });

  await retry.deliver([taken()]);
  await hold.deliver([taken({ onAmbiguous: 'hold' })]);
  await worn.deliver([taken()]);

  assert.deepEqual([retry.sent.length, hold.sent.length, worn.sent.length], [1, 0, 0]);
  assert.deepEqual(retry.written[0], { state: 'committing', attempt: 1, ambiguousCount: 2 });
  assert.deepEqual([hold.posted.at(-1)?.type, worn.posted.at(-1)?.type], ['UNKNOWN', 'UNKNOWN']);
  assert.deepEqual([hold.verdicts, worn.verdicts], [[done], [done]]);
});

test('F05 an attempt whose end was marked before a crash is only reported and settled', async () => {
  const first = setUp({ outcomes: { [ann]: delivered } });
  await first.deliver([taken()]);
  const ended = first.written.at(-1);
  assert.ok(ended);
  const rerun = setUp({ outcomes: {}, marks: { 0: ended } });

  await rerun.deliver([taken()]);

  assert.equal(rerun.sent.length, 0);
  assert.deepEqual(rerun.posted, first.posted);
  assert.deepEqual(rerun.verdicts, [done]);
});

test('B3 a stale lease before the dot withholds it: nothing is reported or settled', async () => {
  const { deliver, steps } = setUp({ outcomes: { [ann]: delivered }, isLeaseFresh: () => false });

  await deliver([taken()]);

  assert.deepEqual(steps, []);
});

test('a mark that cannot be written withholds the dot, and the mark that may exist is taken back', async () => {
  const { deliver, steps } = setUp({ outcomes: { [ann]: delivered }, failingWrites: 1 });

  await deliver([taken()]);

  assert.deepEqual(steps, ['mark failed', 'clear 0']);
});

test('F47 an outcome that cannot be recorded is kept and tried again, and nothing new is sent until it is', async () => {
  const { deliver, steps, afterDot } = setUp({ outcomes: { [ann]: delivered, [bob]: delivered }, slots: 1 });
  afterDot.failingWrites = 3;

  await deliver([taken(), taken({ id: 'second', recipients: [bob] })]);

  assert.deepEqual(
    steps.filter((step) => /dot|failed|DELIVERED$/.test(step)),
    [
      ...['dot', 'mark failed', 'mark failed', 'mark failed', 'mark 0 DELIVERED'],
      ...['report PROCESSED DELIVERED', 'dot', 'mark 0 DELIVERED', 'report PROCESSED DELIVERED'],
    ],
  );
});

test('a site that must wait is not spoken to, and the reason is passed on', async () => {
  const { deliver, sent, posted, verdicts } = setUp({
    outcomes: {},
    permit: {
      kind: 'wait',
      delayMs: 1_234,
      rule: 'example.org.message-rate',
      text: 'slowly',
      untilMs: 1_234,
    },
  });

  await deliver([taken()]);

  assert.deepEqual([sent.length, posted.length], [0, 0]);
  assert.deepEqual(verdicts, [waitFor(1_234, 'example.org.message-rate')]);
});

test('F19 a deferred delivery leaves a mark that names the address it left from', async () => {
  const source = { address: '192.0.2.1', ehloName: 'mail.sender.example' };
  const { deliver, marks } = setUp({ outcomes: { [ann]: deferred }, permit: { ...go, source } });

  await deliver([taken()]);

  assert.partialDeepStrictEqual([...marks.values()], [{ state: 'ended', event: { ip: '192.0.2.1' } }]);
});

test('F07 a bag in hand when the service stops begins no further delivery', async () => {
  const { deliver, sent, verdicts } = setUp({ outcomes: { [ann]: delivered }, signal: AbortSignal.abort() });

  await deliver([taken()]);

  assert.deepEqual([sent.length, verdicts.length], [0, 0]);
});

type SetUp = Readonly<{
  /** By recipient; one without an accepted outcome is refused at RCPT and so not asked about before the dot. */
  outcomes: Record<string, Outcome>;
  marks?: Record<number, DeliveryMark>;
  permit?: Permit;
  isLeaseFresh?: () => boolean;
  failingWrites?: number;
  slots?: number;
  signal?: AbortSignal;
}>;

function setUp(options: SetUp) {
  const { permit = go, isLeaseFresh = () => true, slots = 10 } = options;
  const clock = createFakeClock();
  const log: string[] = [];
  const posted: Event[] = [];
  const verdicts: Verdict[] = [];
  const fakeMarks = createFakeMarks(options, log);
  const { smtp, sent } = createFakeSmtp(options, log, fakeMarks);
  const deliver = createDeliver({
    telemetry: createAttemptTelemetry({ pool: 'default' }),
    router: { routeFor: async () => ({ site: 'example.org', hosts: [], tls: 'off' }) },
    shaping: { permit: async () => permit },
    smtp,
    marks: fakeMarks.port,
    events: {
      async postAll(events) {
        if (events.length > 0) log.push(`report ${events.map(({ type }) => type).join(' ')}`);
        posted.push(...events);
      },
    },
    recorder: createRecorder({ log: silentLogger, retryMs: 1 }),
    slots: createSlots(slots),
    pool: 'default',
    rules: { schedule, ambiguousMax: 2, random: () => 0 },
    ...{ clock, log: silentLogger },
  });
  const ctx: BagContext = {
    bagId: 'bag',
    signal: options.signal ?? new AbortController().signal,
    isLeaseFresh,
    settle: async (_id, verdict) => {
      log.push(`settle ${verdict.kind}`);
      verdicts.push(verdict);
    },
    postNext: async () => undefined,
  };
  const run = (items: readonly Taken<DispatchItem>[]) => deliver(items, ctx);
  return { ...fakeMarks, deliver: run, steps: log, posted, verdicts, sent, clock };
}

const go: Go = {
  ...{ kind: 'go', connectionsMax: 1 },
  sent: () => undefined,
  untried: () => 'again',
};

const schedule: RetrySchedule = {
  delaysMs: [5 * minuteMs, 10 * minuteMs],
  jitterShare: 0,
  maxAgeMs: 1_000 * minuteMs,
};

/** `afterDot.failingWrites` writes fail once the next dot is sent. */
function createFakeMarks({ marks: given = {}, failingWrites = 0 }: SetUp, log: string[]) {
  const marks = new Map(Object.entries(given).map(([index, mark]) => [`${statusId}:${index}`, mark]));
  const written: DeliveryMark[] = [];
  const failing = { count: failingWrites };
  const port: DeliveryMarks = {
    read: async () => new Map(marks),
    async write(deliveryId, mark) {
      if (failing.count > 0) {
        failing.count -= 1;
        log.push('mark failed');
        throw new Fault('unavailable', 'Redis is away');
      }
      log.push(`mark ${deliveryId.slice(37)} ${mark.state === 'ended' ? mark.event.type : mark.state}`);
      marks.set(deliveryId, mark);
      written.push(mark);
    },
    async clear(deliveryIds) {
      log.push(`clear ${deliveryIds.map((id) => id.slice(37)).join(' ')}`);
      for (const id of deliveryIds) marks.delete(id);
    },
  };
  return { port, marks, written, failing, afterDot: { failingWrites: 0 } };
}

function createFakeSmtp(
  { outcomes }: SetUp,
  log: string[],
  { failing, afterDot }: ReturnType<typeof createFakeMarks>,
): { smtp: SmtpPool; sent: OutboundMessage[] } {
  const sent: OutboundMessage[] = [];
  const smtp: SmtpPool = {
    async send(message, { mayEnd }) {
      sent.push(message);
      const accepted = message.recipients.filter((to) =>
        /delivered|ambiguous/.test(outcomes[to]?.kind ?? ''),
      );
      const answer =
        accepted.length === 0 ? 'go' : await mayEnd(accepted).catch(() => 'mark-failed' as const);
      if (answer !== 'go')
        return toAll(message.recipients, { kind: 'withheld', reason: answer, response: '' });
      if (accepted.length > 0) log.push('dot');
      failing.count = afterDot.failingWrites;
      afterDot.failingWrites = 0;
      return { outcomes: new Map(Object.entries(outcomes)), mx: 'mx.example.org' };
    },
    stop: () => undefined,
    connections: () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { smtp, sent };
}

function toAll(recipients: readonly string[], outcome: Outcome) {
  return { outcomes: new Map(recipients.map((to) => [to, outcome])), mx: undefined };
}

function taken({
  id = 'first',
  recipients = [ann],
  expiresAtMs = Date.UTC(2027, 0),
  onAmbiguous = 'retry',
}: {
  id?: string;
  recipients?: readonly string[];
  expiresAtMs?: number;
  onAmbiguous?: DispatchItem['onAmbiguous'];
} = {}): Taken<DispatchItem> {
  const item: DispatchItem = {
    ...{ id, statusId, accountId: 1, emailId: 2, acceptedAtMs: 1, returnPath: 'b@bounce.example' },
    recipients: recipients.map((address, index) => ({ deliveryId: `${statusId}:${index}`, address })),
    ...{ rendition: 'Subject: x\r\n\r\nx\r\n', smtpUtf8: false, expiresAtMs, onAmbiguous },
  };
  return { id, item, attempt: 1, originBagId: 'bag', firstPostedAtMs: Date.UTC(2026, 0), crashes: 0 };
}
