import { goesOn } from './goes-on.ts';
import { killPart } from './kills.ts';
import { pause } from './pause.ts';
import { pressDisk } from './press-disk.ts';
import type { Scenario, Stage } from './scenario.ts';
import { smtpSubmit } from './submit.ts';
import { whyNotOurRedis } from './whose-redis.ts';

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
      run: async (stage) => {
        await using flow = stage.startFlow({ ratePerSecond: 200 });
        await killAgainAndAgain(stage, flow, part, times);
        await flow.finish();
      },
    }),
  ),
  {
    rows: ['F02'],
    title: 'submission is killed 50 times under clients that name their messages, and under some that do not',
    run: async (stage) => {
      const { instance } = stage.world.system;
      await using keyed = stage.startFlow({
        ...{ ratePerSecond: 60, submit: smtpSubmit(instance, { isKeyed: true }) },
      });
      await using unkeyed = stage.startFlow({
        ...{ ratePerSecond: 20, submit: smtpSubmit(instance, { isKeyed: false }) },
      });
      await killAgainAndAgain(stage, keyed, 'submission', 50);
      await keyed.finish();
      await unkeyed.finish();
    },
  },
  {
    rows: ['F52'],
    title: 'every process is killed at once',
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      await pause(3_000);
      const { pids } = await stage.world.system.reread();
      await Promise.all(Object.keys(pids).map((part) => killPart(stage.world, part, stage.kills)));
      await goesOn(stage, flow);
      await flow.finish();
    },
  },
  {
    rows: ['storm'],
    title: '100,000 sends, 100 kills of services and 20 of Redis, the disk busy',
    isLong: true,
    unless: whyNotOurRedis,
    run: async (stage) => {
      using _pressure = pressDisk(stage.world.system.home);
      const countMax = Math.round(100_000 * stage.scale);
      // What a machine of four cores with a busy disk keeps up with: with a growing queue, recovery would be its length.
      await using flow = stage.startFlow({ ratePerSecond: 150, countMax });
      const killing = killAllInTurn(stage, Math.round(120 * stage.scale));
      await Promise.all([killing, flow.finish()]);
    },
  },
];

const services = ['gateway', 'submission', 'renderer', 'dispatcher', 'tracking'] as const;

/** Every sixth kill is Redis'. */
async function killAllInTurn({ world, kills }: Stage, times: number): Promise<void> {
  for (let at = 0; at < times; at += 1) {
    const service = services[(at - Math.floor(at / 6)) % services.length] ?? 'gateway';
    await killPart(world, at % 6 === 5 ? 'redis' : service, kills);
    await pause(2_000 + 4_000 * Math.random());
  }
}

async function killAgainAndAgain(
  stage: Stage,
  flow: { acceptedCount: number },
  part: string,
  times: number,
): Promise<void> {
  await goesOn(stage, flow);
  for (let at = 0; at < Math.max(3, Math.round(times * stage.scale)); at += 1) {
    await killPart(stage.world, part, stage.kills);
    await goesOn(stage, flow);
    await pause(500 * Math.random());
  }
}
