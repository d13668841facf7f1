import { readFile } from 'node:fs/promises';
import { silentLogger } from '@posthorn/runtime';
import { connectStore, createSeal, type DkimKey } from '@posthorn/store';
import { eventually } from '../api.ts';
import type { FaultWorld } from './fault-world.ts';
import { goesOn } from './goes-on.ts';
import { killPart } from './kills.ts';
import { pause } from './pause.ts';
import type { Scenario } from './scenario.ts';

/** What the run's mail is from. */
const domain = 'shop.example';
const selectors = ['dev-rsa', 'dev-ed25519'];

/** Keys that are gone. */
export const keyScenarios: readonly Scenario[] = [
  {
    rows: ['F53'],
    title: 'the DKIM keys of a domain are gone while its sends wait: none leaves unsigned',
    run: async (stage) => {
      const { world, kills } = stage;
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      await goesOn(stage, flow);
      await using keys = await openKeys(world);
      await verifyDomain(world, keys.kept);
      await keys.remove();
      await killPart(world, 'renderer', kills);
      await eventually('what was rendered before to have left', async () => {
        const before = await world.sink.arrivedCount();
        await pause(2_000);
        return (await world.sink.arrivedCount()) === before;
      });
      const atRest = { accepted: flow.acceptedCount, arrived: await world.sink.arrivedCount() };
      await pause(Math.max(5_000, 20_000 * stage.scale));
      stage.note(
        `accepted without keys ${flow.acceptedCount - atRest.accepted}, sent ${(await world.sink.arrivedCount()) - atRest.arrived}`,
      );
      await keys.restore();
      await goesOn({ world, breach: () => undefined }, flow);
      await flow.finish();
    },
  },
];

/** The keys that development made for the domain on its first use, to take away and give back. */
async function openKeys({ system, store }: FaultWorld) {
  const { accountId, mongodbUrl, secretFile } = system.instance;
  const seal = createSeal((await readFile(secretFile, 'utf8')).trim());
  const sealed = await connectStore({ url: mongodbUrl, log: silentLogger, seal });
  await sealed.whenReady();
  const kept = await sealed.dkimKeys.findSelected(accountId, domain, selectors);
  if (kept.length !== selectors.length) throw new Error('The domain has no keys to take away');
  return {
    kept,
    remove: () => store.dkimKeys.delete(accountId, domain, selectors),
    restore: async () => {
      for (const key of kept) await sealed.dkimKeys.insert(key);
    },
    [Symbol.asyncDispose]: () => sealed[Symbol.asyncDispose](),
  };
}

/** Makes it a verified domain: one whose keys are not there gets no new ones. */
async function verifyDomain({ system, store }: FaultWorld, keys: readonly DkimKey[]): Promise<void> {
  const atMs = Date.now();
  await store.domains.insert({
    ...{
      id: 'faults',
      accountId: system.instance.accountId,
      domain,
      state: 'verified',
      checks: {},
      revision: 1,
    },
    ...{ returnPathHost: `bounces.${domain}`, trackingHost: `links.${domain}` },
    ...{ createdAtMs: atMs, changedAtMs: atMs, verifiedAtMs: atMs, nextCheckAtMs: atMs + 86_400_000 },
    keys: keys.map(({ selector, algorithm, createdAtMs }) => ({
      ...{ selector, algorithm, createdAtMs, dnsValue: 'v=DKIM1', state: 'active' },
    })),
  });
}
