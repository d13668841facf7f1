import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWeightGate, Fault, silentLogger } from '@posthorn/runtime';
import { account, aSend, aVersion, shopKeys } from './fixture.ts';
import { createPrepareSend, type PreparedSend } from './prepare-send.ts';
import { createRefuseBounced, type FindSuppressed } from './refuse-bounced.ts';
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

test('an account that refuses bounced addresses has them dropped, those who complained are written to', async () => {
  const sends = await Promise.all(
    ['bounced', 'angry', 'manual', 'jane'].map((name) => prepared(`${name}@example.com`, true)),
  );

  const refused = await refuse(listed)(sends);

  const reasons = sends.map(({ item }) => {
    const refusal = refused.get(item.statusId);
    return refusal?.kind === 'drop' ? refusal.reason : 'sent';
  });
  assert.deepEqual(reasons, ['PREVIOUSLY_BOUNCED', 'sent', 'BLOCKED_ADDRESS', 'sent']);
});

test('a send that is refused is neither rendered nor made a contact', async () => {
  const send = await prepared('bounced@example.com', true);
  const seen: number[] = [];
  const renderBag = createRenderBag({
    prepareSend: async () => send,
    refuseBounced: refuse(listed),
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

test('any other account is not even looked up: the plain path asks nothing', async () => {
  const sends = [
    await prepared('bounced@example.com', false),
    await prepared('manual@example.com', undefined),
  ];

  const refused = await refuse(() => assert.fail('asked'))(sends);

  assert.equal(refused.size, 0);
});

test('while MongoDB is away the sends of such an account wait', async () => {
  const send = await prepared('jane@example.com', true);

  const refused = await refuse(async () => Promise.reject(new Fault('unavailable', 'away')))([send]);

  assert.equal(refused.get(send.item.statusId)?.kind, 'wait');
});

function refuse(findSuppressed: FindSuppressed) {
  return createRefuseBounced({ findSuppressed, random: () => 0 });
}

async function prepared(to: string, refuseHardBounced: boolean | undefined): Promise<PreparedSend> {
  const settings = { ...account.settings, ...(refuseHardBounced !== undefined && { refuseHardBounced }) };
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
