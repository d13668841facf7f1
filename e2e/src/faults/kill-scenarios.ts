import { eventually } from '../api.ts';
import { killPart } from './kills.ts';
import type { Scenario, Stage } from './scenario.ts';

/** Work must go on within this long of a crash (facts: reliability, 1.5). */
const recoveryMsMax = 25_000;

/** Each service killed again and again under a flow, at no moment in particular. */
export const killScenarios: readonly Scenario[] = [
  ...(
    [
      ['F01', 'gateway', 50],
      ['F03', 'renderer', 50],
      ['F04', 'dispatcher', 100],
      ['F08', 'tracking', 50],
    ] as const
  ).map(
    ([row, part, times]): Scenario => ({
      rows: [row],
      title: `${part} is killed ${times} times`,
      run: (stage) => killAgainAndAgain(stage, [part], times),
    }),
  ),
  {
    rows: ['F52'],
    title: 'every process is killed at once',
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      await pause(3_000);
      const { pids } = stage.world.system.instance;
      await Promise.all(Object.keys(pids).map((part) => killPart(stage.world, part, stage.kills)));
      await goesOn(stage, flow);
      await flow.finish();
    },
  },
  {
    rows: ['storm'],
    title: '100,000 sends, 100 kills of services and 20 of Redis',
    isLong: true,
    run: async (stage) => {
      const countMax = Math.round(100_000 * stage.scale);
      await using flow = stage.startFlow({ ratePerSecond: 300, countMax });
      const killing = (async () => {
        const parts = ['gateway', 'renderer', 'dispatcher', 'tracking', 'submission'];
        for (let at = 0; at < Math.round(120 * stage.scale); at += 1) {
          const part =
            at % 6 === 5 ? 'redis' : (parts[(at - Math.floor(at / 6)) % parts.length] ?? 'gateway');
          await killPart(stage.world, part, stage.kills);
          await pause(1_000 + 2_000 * Math.random());
        }
      })();
      await Promise.all([killing, flow.finish()]);
    },
  },
];

async function killAgainAndAgain(stage: Stage, parts: readonly string[], times: number): Promise<void> {
  await using flow = stage.startFlow({ ratePerSecond: 200 });
  await goesOn(stage, flow);
  for (let at = 0; at < Math.max(3, Math.round(times * stage.scale)); at += 1) {
    await killPart(stage.world, parts[at % parts.length] ?? '', stage.kills);
    await goesOn(stage, flow);
    await pause(500 * Math.random());
  }
  await flow.finish();
}

/** Waits until something new is accepted and something arrives; says so when that takes longer than is promised. */
export async function goesOn({ world, breach }: Stage, flow: { acceptedCount: number }): Promise<void> {
  const before = { accepted: flow.acceptedCount, arrived: await world.arrivedCount() };
  const startedAtMs = performance.now();
  await eventually(
    'the flow to go on',
    async () => flow.acceptedCount > before.accepted && (await world.arrivedCount()) > before.arrived,
    120_000,
  );
  const tookMs = performance.now() - startedAtMs;
  if (tookMs > recoveryMsMax) breach(`work went on only after ${Math.round(tookMs / 1_000)} s`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((go) => setTimeout(go, ms));
}
