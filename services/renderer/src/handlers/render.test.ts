import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DispatchItem, type EmailVersion, type EventsItem, type SendItem } from '@posthorn/contracts';
import { readReturnPath } from '@posthorn/mail';
import { type BagContext, done, type Postbox, type Taken } from '@posthorn/queue';
import { createFakeClock, createWeightGate, Fault, silentLogger } from '@posthorn/runtime';
import type { RenderAccount } from '../account-scope.ts';
import { createClaimGate } from '../claim-gate.ts';
import { type ContactStore, createContacts } from '../contacts.ts';
import {
  acceptedAtMs,
  account,
  accountId,
  aSend,
  aVersion,
  emailId,
  keyring,
  refusingContacts,
  shopKeys,
  taken,
} from '../fixture.ts';
import { createPrepareSend } from '../prepare-send.ts';
import { createRenderBag } from '../render-bag.ts';
import { createRenderBatches, type RunTask } from '../render-batches.ts';
import { createSuspects } from '../suspects.ts';
import { createMemoryClaims } from '../testing/memory-claims.ts';
import { createRenderSends } from '../work/render-sends.ts';
import type { SigningKey } from '../work/render-task.ts';
import { createRender } from './render.ts';

test('a send becomes a dispatch item for To and a SENT event, and is done', async () => {
  const { render, posted } = setUp();
  const item = aSend({ sendId: 's1', replyTo: ['help@shop.test'] });

  assert.deepEqual(await render([item]), [done]);

  const [dispatched] = posted.dispatch;
  assert.equal(posted.dispatch.length, 1);
  assert.equal(dispatched?.id, `${item.statusId}-t`);
  assert.deepEqual(dispatched?.recipients, [
    { deliveryId: `${item.statusId}:0`, address: 'jane@example.com' },
  ]);
  assert.equal(dispatched?.expiresAtMs, acceptedAtMs + 1_000_000);
  const { id: _, atMs: __, ...sent } = sentOf(posted.events);
  assert.deepEqual(sent, {
    ...{
      type: 'SENT',
      accountId,
      statusId: item.statusId,
      emailId,
      acceptedAtMs,
      startedAtMs: acceptedAtMs + 5,
    },
    ...{
      recipient: 'jane@example.com',
      subject: 'Order 7',
      from: 'Shop <orders@shop.test>',
      replyTo: ['help@shop.test'],
      sendId: 's1',
    },
  });
});

test('Cc and Bcc get one item without tracking; nobody gets two copies', async () => {
  const { render, posted } = setUp();
  const item = aSend({ cc: ['c@x.test', 'JANE@example.com'], bcc: ['Archive <b@x.test>', 'c@X.test'] });

  await render([item]);

  const [tracked, untracked] = posted.dispatch;
  assert.deepEqual(untracked?.recipients, [
    { deliveryId: `${item.statusId}:1`, address: 'c@x.test' },
    { deliveryId: `${item.statusId}:2`, address: 'b@x.test' },
  ]);
  assert.equal(untracked?.id, `${item.statusId}-u`);
  assert.doesNotMatch(`${tracked?.rendition}${untracked?.rendition}`, /b@x\.test/);
  const read = (address = '') =>
    readReturnPath(keyring, address.split('@')[0] ?? '', { nowMs: acceptedAtMs, maxAgeDays: 1 });
  assert.equal(read(tracked?.returnPath).kind, 'valid');
  assert.notEqual(tracked?.returnPath, untracked?.returnPath);
});

const drops: readonly (readonly [string, Partial<SendItem>, Parameters<typeof setUp>[0], string, RegExp?])[] =
  [
    ['an email that does not exist', { version: undefined }, {}, 'MISSING_CONTENT'],
    ['a version that does not exist', { version: 9 }, {}, 'MISSING_CONTENT'],
    ['a To that is no address', { to: 'nobody' }, {}, 'INVALID_TO_ADDRESS'],
    ['two To addresses', { to: 'a@x.test, b@x.test' }, {}, 'INVALID_TO_ADDRESS'],
    ['a role address', { to: 'NoReply@x.test' }, {}, 'INVALID_TO_ADDRESS', /role address/],
    ['a Cc that is no address', { cc: ['x'] }, {}, 'INVALID_TO_ADDRESS', /cc or bcc/],
    ['a From that is no address', { from: 'x' }, {}, 'INVALID_FROM_ADDRESS'],
    [
      'an email whose From is no address',
      {},
      { version: aVersion({}, { fromAddress: 'x' }) },
      'INVALID_FROM_ADDRESS',
    ],
    ['a Reply-To that is no address', { replyTo: ['x'] }, {}, 'VALIDATION_FAILED'],
    [
      'properties that the template needs',
      { customProperties: {} },
      {},
      'MISSING_TEMPLATE_PROPERTIES',
      /custom\.id/,
    ],
    [
      'a value that does not fit',
      { customProperties: { id: 'x' } },
      { version: aVersion({ subject: '{{ custom.id|round }}' }) },
      'TEMPLATE_RENDER_EXCEPTION',
      /not a number/,
    ],
    [
      'a template beyond its limits',
      {},
      {
        version: aVersion({
          html: '{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}',
        }),
      },
      'TEMPLATE_RENDER_EXCEPTION',
      /too many steps/,
    ],
    ['an unverified domain', { from: 'a@other.test' }, {}, 'UNCONFIGURED_SENDING_DOMAIN', /other\.test/],
    [
      'more than 100 copies',
      { cc: Array(60).fill('a@x.test'), bcc: Array(41).fill('a@x.test') },
      {},
      'TOO_MANY_RECIPIENTS',
    ],
    [
      'a content id that breaks out of its header',
      { attachments: [{ filename: 'a', contentType: 'a/b', contentId: 'a>\r\nX: y', content: '' }] },
      {},
      'CORRUPT_INPUT',
    ],
    ['an account that is suspended', {}, { account: { ...account, isSuspended: true } }, 'PORTAL_SUSPENDED'],
  ];

for (const [what, fields, given, reason, message] of drops) {
  test(`${what} → DROPPED ${reason}, and the rest of the bag goes on`, async () => {
    const { render, posted } = setUp(given);
    const item = aSend(fields);

    assert.deepEqual(await render([item]), [done]);

    const [event] = posted.events;
    assert.equal(event?.type === 'DROPPED' && event.dropReason, reason);
    if (message) assert.match((event?.type === 'DROPPED' && event.dropMessage) || '', message);
    assert.deepEqual(posted.dispatch, []);
  });
}

test('one send that is dropped leaves the others of its bag alone', async () => {
  const { render, posted } = setUp();

  await render([aSend(), aSend({ to: 'x' }), aSend({ customProperties: {} }), aSend()]);

  assert.equal(posted.dispatch.length, 2);
  assert.deepEqual(
    posted.events.map(({ type }) => type),
    ['SENT', 'DROPPED', 'DROPPED', 'SENT'],
  );
});

test('the request’s contact properties win over the stored ones, and both are written and used', async () => {
  const version = aVersion({
    subject: '{{ contact.firstname }} {{ contact.lastname }} {{ contact.email }} {{ account.company_name }}',
  });
  const { render, posted, written } = setUp({ version, stored: { firstname: 'Old', lastname: 'Doe' } });

  await render([aSend({ to: 'Jane@EXAMPLE.com', contactProperties: { firstname: 'New' } })]);

  assert.equal(sentOf(posted.events).subject, 'New Doe Jane@example.com Shop Ltd');
  assert.deepEqual(written, [
    [{ accountId, email: 'Jane@example.com', properties: { firstname: 'New' }, atMs: acceptedAtMs }],
  ]);
});

test('a contact is made once for sends that bring nothing', async () => {
  const { render, written } = setUp();

  await render([aSend()]);
  await render([aSend()]);

  assert.equal(written.length, 1);
});

test('while MongoDB is away, sends that need no stored contact go on and their contact writes ride the events lane', async () => {
  const { render, posted, away } = setUp();
  await render([aSend({ contactProperties: { firstname: 'A' } })]);
  away.isAway = true;

  const [complete, needsStored, unknown] = await render([
    aSend({ contactProperties: { firstname: 'B' } }),
    aSend(),
    aSend({ emailId: 99, contactProperties: { firstname: 'C' } }),
  ]);

  assert.deepEqual(complete, done);
  for (const verdict of [needsStored, unknown]) {
    assert.equal(verdict?.kind, 'retry');
    if (verdict?.kind === 'retry') assert.ok(verdict.delayMs >= 2_000 && verdict.delayMs <= 5_000);
  }
  assert.equal(posted.dispatch.length, 2);
  assert.deepEqual(
    posted.events.flatMap((event) => (event.type === 'CONTACT' ? [event.properties] : [])),
    [{ firstname: 'B' }],
  );
});

test('a contact’s opt-out, quarantine, or missing double opt-in does not stop a single send', async () => {
  for (const stored of refusingContacts) {
    const { render, posted } = setUp({ stored });

    assert.deepEqual(await render([aSend()]), [done]);

    assert.equal(posted.events[0]?.type, 'SENT');
    assert.equal(posted.dispatch.length, 1);
  }
});

test('a second send with the same sendId is dropped: IDEMPOTENT_IGNORE, or IDEMPOTENT_FAIL after a drop', async () => {
  const { render, posted } = setUp();

  await render([aSend({ sendId: 'a' }), aSend({ sendId: 'b', to: 'x' })]);
  await render([aSend({ sendId: 'a' }), aSend({ sendId: 'b' }), aSend({ sendId: 'c' })]);

  assert.deepEqual(
    posted.events.map((event) => (event.type === 'DROPPED' ? event.dropReason : event.type)),
    ['SENT', 'INVALID_TO_ADDRESS', 'IDEMPOTENT_IGNORE', 'IDEMPOTENT_FAIL', 'SENT'],
  );
});

test('a send that was posted twice leaves once, without a word; one that is run again after a crash leaves again', async () => {
  const { render, posted } = setUp();
  const item = aSend({ requestKey: 'r' });

  await render([item]);
  assert.deepEqual(await render([item], { originBagId: 'bag2' }), [done]);
  assert.equal(posted.dispatch.length, 1);

  await render([item]);
  assert.equal(posted.dispatch.length, 2);
  assert.equal(posted.dispatch[0]?.rendition, posted.dispatch[1]?.rendition);
  assert.equal(posted.events[0]?.id, posted.events[1]?.id);
});

test('F53: while the key of a domain cannot be read its mail waits', async () => {
  const broken = setUp({ keys: new Fault('misconfigured', 'seal') });
  const unreadable = setUp({ keys: shopKeys.map((key) => ({ ...key, privateKeyPem: 'x' })) });

  for (const { render, posted } of [broken, unreadable]) {
    const [verdict] = await render([aSend()]);
    assert.deepEqual(verdict, { kind: 'retry', delayMs: 60_000, reason: 'DKIM key cannot be read' });
    assert.deepEqual([posted.events, posted.dispatch], [[], []]);
  }
});

test('T02: a send that ends its thread is dropped with a reason', async () => {
  const { render, posted } = setUp({ run: async () => ({ kind: 'overran' }) });

  assert.deepEqual(await render([aSend()]), [done]);

  const [event] = posted.events;
  assert.match((event?.type === 'DROPPED' && event.dropMessage) || '', /takes too long/);
});

test('a send on which our own code throws is parked and logged, not lost and not repeated', async () => {
  const { render, posted } = setUp({
    run: async ({ sends }) => ({ kind: 'done', result: sends.map(() => ({ kind: 'threw', reason: 'bug' })) }),
  });

  assert.deepEqual(await render([aSend()]), [{ kind: 'park', reason: 'rendering it threw' }]);
  assert.deepEqual(posted.events, []);
});

test('nothing reaches dispatch when the events cannot be posted', async () => {
  const { render, posted } = setUp({ eventsFail: true });

  await assert.rejects(render([aSend()]), { code: 'unavailable' });
  assert.deepEqual(posted.dispatch, []);
});

type Given = {
  version?: EmailVersion;
  account?: RenderAccount;
  stored?: Record<string, string>;
  keys?: readonly SigningKey[] | Fault;
  run?: RunTask;
  eventsFail?: boolean;
};

function setUp({
  version = aVersion(),
  account: own = account,
  stored = {},
  keys = shopKeys,
  run,
  eventsFail = false,
}: Given = {}) {
  const posted: { events: EventsItem[]; dispatch: DispatchItem[] } = { events: [], dispatch: [] };
  const written: Parameters<ContactStore['upsertMany']>[0][] = [];
  const away = { isAway: false };
  const check = () => {
    if (away.isAway) throw new Fault('unavailable', 'away');
  };
  const clock = createFakeClock(acceptedAtMs + 5);
  const renderSends = createRenderSends({ keyring, trackingUrl: 'https://t.test' });

  const prepareSend = createPrepareSend({
    accounts: { get: async () => own },
    versions: {
      get: async (key) => {
        if (key === `${accountId}:${emailId}:1`) return version;
        check();
        return null;
      },
    },
    senders: {
      find: async (_, domain) => {
        if (keys instanceof Fault) throw keys;
        return domain === 'shop.test' ? { keys } : null;
      },
    },
    random: () => 0.5,
    log: silentLogger,
  });
  const contacts = createContacts({
    findMany: async (_, emails) => {
      check();
      return new Map(emails.map((email) => [email, stored]));
    },
    upsertMany: async (writes) => {
      check();
      written.push(
        writes.map(({ accountId, email, properties, atMs }) => ({ accountId, email, properties, atMs })),
      );
    },
  });
  const renderBatches = createRenderBatches({
    run: run ?? (async (task) => ({ kind: 'done', result: renderSends(task) })),
    cpuMs: 250,
    suspects: createSuspects(createFakeClock()),
  });
  const dispatch: Postbox<DispatchItem> = {
    post: async () => undefined,
    postAll: async () => undefined,
    isHealthy: () => async () => ({ ok: true }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const events = {
    postAll: async (items: readonly EventsItem[]) => {
      if (eventsFail) throw new Fault('unavailable', 'away');
      posted.events.push(...items);
    },
  };
  const handle = createRender({
    claimGate: createClaimGate(createMemoryClaims()),
    renderBag: createRenderBag({
      ...{ prepareSend, contacts, renderBatches, random: () => 0.5 },
      refuseSuppressed: async () => new Map(),
      renderGate: createWeightGate(4),
    }),
    ...{ events, dispatch: { of: () => dispatch }, clock, log: silentLogger },
    options: { keyring, returnPathHost: 'bounces.shop.test', maxAgeMs: 1_000_000 },
  });
  const render = async (items: SendItem[], fields: Partial<Taken<SendItem>> = {}) => {
    const verdicts = await handle(
      items.map((item) => taken(item, fields)),
      contextOf(posted.dispatch),
    );
    return items.map(({ statusId }) => (verdicts instanceof Map ? verdicts.get(statusId) : undefined));
  };
  return { render, posted, written, away };
}

function sentOf([event]: readonly EventsItem[]) {
  if (event?.type !== 'SENT') throw new Error(`expected SENT, not ${event?.type}`);
  return event;
}

function contextOf(dispatched: DispatchItem[]): BagContext {
  return {
    bagId: 'bag1',
    signal: new AbortController().signal,
    settle: async () => undefined,
    isLeaseFresh: () => true,
    postNext: async (_, items) => {
      dispatched.push(...items.map((item) => DispatchItem.parse(item)));
    },
  };
}
