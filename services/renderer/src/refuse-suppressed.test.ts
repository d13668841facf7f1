import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWeightGate, Fault, silentLogger } from '@posthorn/runtime';
import { account, aSend, aVersion, shopKeys } from './fixture.ts';
import { createPrepareSend, type PreparedSend } from './prepare-send.ts';
import { createRefuseSuppressed, type FindSuppressed } from './refuse-suppressed.ts';
import { createRenderBag } from './render-bag.ts';

const listed: FindSuppressed = async (_, emails) => {
  const origins: Record<string, { bounce?: object; manual?: object; complaint?: object }> = {
    'bounced@example.com': { bounce: {} },
    'angry@example.com': { complaint: {} },
    'manual@example.com': { manual: {}, bounce: {} },
  };
  return new Map(
    Object.entries(origins)
      .filter(([email]) => emails.includes(email))
      .map(([email, found]) => [email, { origins: found }]),
  );
};

const both = { refuseHardBounced: true, refuseComplained: true };
const everyone = ['bounced', 'angry', 'manual', 'jane'];

for (const [what, settings, expected] of [
  [
    'by itself an account drops only what was put on the list by hand',
    {},
    ['sent', 'sent', 'BLOCKED_ADDRESS', 'sent'],
  ],
  [
    'an account that refuses bounced addresses has them dropped, those who complained are written to',
    { refuseHardBounced: true },
    ['PREVIOUSLY_BOUNCED', 'sent', 'BLOCKED_ADDRESS', 'sent'],
  ],
  [
    'an account that refuses those who complained has them dropped, those who bounced are written to',
    { refuseComplained: true },
    ['sent', 'PREVIOUS_SPAM', 'BLOCKED_ADDRESS', 'sent'],
  ],
  ['an account may refuse both', both, ['PREVIOUSLY_BOUNCED', 'PREVIOUS_SPAM', 'BLOCKED_ADDRESS', 'sent']],
] as const) {
  test(what, async () => {
    const sends = await Promise.all(everyone.map((name) => prepared(`${name}@example.com`, settings)));

    const refused = await refuse(listed)(sends);

    const reasons = sends.map(({ item }) => {
      const refusal = refused.get(item.statusId);
      return refusal?.kind === 'drop' ? refusal.reason : 'sent';
    });
    assert.deepEqual(reasons, expected);
  });
}

test('an address put on the list by hand gets nothing from the very next send on', async () => {
  const list = new Map<string, { origins: { manual: object } }>();
  const refuseNow = refuse(async () => list);
  const send = await prepared('jane@example.com');

  const before = await refuseNow([send]);
  list.set('jane@example.com', { origins: { manual: {} } });
  const after = await refuseNow([send]);

  assert.equal(before.size, 0);
  assert.equal(after.get(send.item.statusId)?.kind, 'drop');
});

test('a send that is refused is neither rendered nor made a contact', async () => {
  const send = await prepared('bounced@example.com', { refuseHardBounced: true });
  const seen: number[] = [];
  const renderBag = createRenderBag({
    prepareSend: async () => send,
    refuseSuppressed: refuse(listed),
    contacts: {
      write: async (sends) => {
        seen.push(sends.length);
        return [];
      },
      merge: async () => [],
    },
    renderBatches: ({ sends }) => {
      seen.push(sends.length);
      return [];
    },
    renderGate: createWeightGate(4),
    random: () => 0,
  });

  const { outcomes } = await renderBag([send.item]);

  const outcome = outcomes.get(send.item.statusId);
  assert.equal(outcome?.kind === 'drop' && outcome.reason, 'PREVIOUSLY_BOUNCED');
  assert.deepEqual(seen, [0, 0]);
});

test('the sends of an account are looked up in one query', async () => {
  const sends = await Promise.all(['a', 'b', 'c'].map((name) => prepared(`${name}@example.com`)));
  const asked: number[] = [];

  await refuse(async (_, emails) => {
    asked.push(emails.length);
    return new Map();
  })(sends);

  assert.deepEqual(asked, [3]);
});

test('while MongoDB is away the sends of an account that asks wait, and those of the others leave', async () => {
  const away = refuse(async () => Promise.reject(new Fault('unavailable', 'away')));
  const [asking, complaining, other] = await Promise.all([
    prepared('jane@example.com', { refuseHardBounced: true }),
    prepared('jane@example.com', { refuseComplained: true }),
    prepared('jane@example.com'),
  ]);

  const refused = await away([asking, complaining, other]);

  assert.equal(refused.get(asking.item.statusId)?.kind, 'wait');
  assert.equal(refused.get(complaining.item.statusId)?.kind, 'wait');
  assert.equal(refused.get(other.item.statusId), undefined);
});

function refuse(findSuppressed: FindSuppressed) {
  return createRefuseSuppressed({ findSuppressed, random: () => 0 });
}

async function prepared(
  to: string,
  asked: { refuseHardBounced?: boolean; refuseComplained?: boolean } = {},
): Promise<PreparedSend> {
  const settings = { ...account.settings, ...asked };
  const prepare = createPrepareSend({
    accounts: { get: async () => ({ ...account, settings }) },
    versions: { get: async () => aVersion() },
    senders: { find: async () => ({ keys: shopKeys }) },
    random: () => 0,
    log: silentLogger,
  });
  const send = await prepare(aSend({ to }));
  assert.ok(send.kind === 'prepared');
  return send;
}
