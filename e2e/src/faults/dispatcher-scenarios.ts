import { eventually } from '../api.ts';
import { goesOn } from './goes-on.ts';
import { countCommitting, noteKill } from './kills.ts';
import { startOwnDispatcher } from './own-dispatcher.ts';
import type { OwnProcess } from './own-process.ts';
import { stopPart } from './parts.ts';
import { pause } from './pause.ts';
import type { Scenario, Stage } from './scenario.ts';
import { whyNotOurRedis } from './whose-redis.ts';

/** Deliveries that one dispatcher of these scenarios has under way at once. */
const concurrency = 50;

/** Steps at which the receiver falls silent and the dispatcher is killed: the dot was not sent. */
const silentSteps = [
  ['connected', { connect: 'silent' }],
  ['after MAIL', { silentAt: 'MAIL' }],
  ['after RCPT', { silentAt: 'RCPT' }],
  ['after DATA', { silentAt: 'DATA' }],
] as const;

/** Points of the dispatcher's own at which it is killed, and whether copies may come of it. */
const ownSteps = [
  ['before the dot', 'before_dot', false],
  ['after the mark, before the dot', 'after_mark', false],
  ['after the 250', 'after_250', true],
  ['before the bag is settled', 'before_settle', false],
] as const;

const exitMsMax = 30_000;

/** A dispatcher killed at a certain step, stopped for a while, and told to end. */
export const dispatcherScenarios: readonly Scenario[] = [
  ...silentSteps.map(
    ([where, behaviour]): Scenario => ({
      rows: ['F05'],
      title: `dispatchers are killed ${where}, 200 deliveries of them`,
      world: { hasOwnDispatchers: true },
      run: async (stage) => {
        stage.allowCopies(0);
        const { sink, dispatcherEnv } = stage.world;
        await killRounds(stage, {
          start: () => startOwnDispatcher({ ...dispatcherEnv, ...few }, { isFaulty: true }),
          before: () => sink.behave(behaviour),
          isThere: async () => (await sink.openConnections()) >= concurrency,
          after: () => sink.behave({}),
        });
      },
    }),
  ),
  ...ownSteps.map(
    ([where, phase, mayCopy]): Scenario => ({
      rows: ['F05'],
      title: `dispatchers are killed ${where}, 200 deliveries of them`,
      world: { hasOwnDispatchers: true },
      run: async (stage) => {
        if (!mayCopy) stage.allowCopies(0);
        const env = { ...stage.world.dispatcherEnv, ...few, FAULT_AT: phase };
        await killRounds(stage, {
          start: () => startOwnDispatcher(env, { isFaulty: true }),
          isThere: async (doomed) => doomed.saidCount('reached') >= concurrency,
        });
      },
    }),
  ),
  ...([undefined, 'hold'] as const).map(
    (onAmbiguous): Scenario => ({
      rows: ['F05', ...(onAmbiguous ? ['hold'] : [])],
      title: `dispatchers are killed after the dot, before its reply, 200 deliveries of them${onAmbiguous ? '; the account holds' : ''}`,
      world: { hasOwnDispatchers: true, onAmbiguous },
      run: async (stage) => {
        if (onAmbiguous) stage.allowCopies(0);
        const { sink, dispatcherEnv } = stage.world;
        let before = 0;
        await killRounds(stage, {
          start: () => startOwnDispatcher({ ...dispatcherEnv, ...few }, { isFaulty: true }),
          before: async () => {
            before = await sink.arrivedCount();
            await sink.behave({ dotDelayMs: 60_000 });
          },
          isThere: async () => (await sink.arrivedCount()) >= before + concurrency,
          after: () => sink.behave({}),
        });
      },
    }),
  ),
  {
    rows: ['F06'],
    title: 'a dispatcher halts before its dots, another sends what it had, and it wakes',
    world: { hasOwnDispatchers: true },
    run: async (stage) => {
      stage.allowCopies(0);
      const { dispatcherEnv, sink } = stage.world;
      const env = { ...dispatcherEnv, ...few, FAULT_AT: 'before_dot', FAULT: 'pause' };
      await using halted = await startOwnDispatcher(env, { isFaulty: true });
      await using flow = stage.startFlow({ ratePerSecond: 200, countMax: 2_000 });
      await eventually('it to halt', async () => halted.saidCount('reached') === 1);
      await using _other = await startOwnDispatcher(dispatcherEnv);
      await pause(Math.max(8_000, 60_000 * stage.scale));
      await flow.finish();
      await eventually(
        'the other to have sent it all',
        async () => (await sink.arrivedCount()) >= 2_000,
        90_000,
      );
      halted.signal('SIGCONT');
      await pause(3_000);
    },
  },
  {
    rows: ['F06'],
    title: 'a dispatcher halts for a minute at no moment in particular, beside another',
    run: async (stage) => {
      const { world, kills } = stage;
      await using _other = await startOwnDispatcher({ ...world.dispatcherEnv, POOLS: 'default' });
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      for (let round = 0; round < Math.max(1, Math.round(3 * stage.scale)); round += 1) {
        await goesOn(stage, flow);
        using _stopped = await stopPart(world, 'dispatcher');
        await countCommitting(world, kills);
        await pause(Math.max(25_000, 60_000 * stage.scale));
        await goesOn(stage, flow);
      }
      await flow.finish();
    },
  },
  {
    rows: ['F07'],
    title: 'a dispatcher is told to end with 200 deliveries under way',
    world: { hasOwnDispatchers: true },
    run: async (stage) => {
      stage.allowCopies(0);
      for (let round = 0; round < Math.max(2, Math.round(10 * stage.scale)); round += 1) {
        const code = await endUnderWay(stage);
        if (code !== 0) stage.breach(`it ended with ${code}`);
      }
      await finishWith(stage);
    },
  },
  {
    rows: ['F07'],
    title: 'a dispatcher is told to end with 200 deliveries under way while Redis has stopped',
    unless: whyNotOurRedis,
    world: { hasOwnDispatchers: true },
    run: async (stage) => {
      for (let round = 0; round < Math.max(2, Math.round(5 * stage.scale)); round += 1) {
        const code = await endUnderWay(stage, () => stopPart(stage.world, 'redis'));
        stage.note(`it ended with ${code}`);
      }
      await finishWith(stage);
    },
  },
];

const few = { CONCURRENCY: String(concurrency) };

/** Kills one dispatcher after another, each with all its deliveries at the same step; then one that works sends what is left. */
async function killRounds(
  stage: Stage,
  round: Readonly<{
    start(): Promise<OwnProcess>;
    before?: () => Promise<void>;
    isThere(doomed: OwnProcess): Promise<boolean>;
    after?: () => Promise<void>;
  }>,
): Promise<void> {
  const { world, kills, scale } = stage;
  await using flow = stage.startFlow({ ratePerSecond: 200, countMax: 600 });
  for (let at = 0; at < Math.max(1, Math.round(4 * scale)); at += 1) {
    await round.before?.();
    await using doomed = await round.start();
    await eventually('its deliveries to be there', () => round.isThere(doomed), 60_000);
    await pause(200);
    doomed.signal('SIGKILL');
    await doomed.ended;
    noteKill(kills);
    await countCommitting(world, kills);
    await world.sink.dropConnections();
    await round.after?.();
  }
  await finishWith(stage);
  await flow.finish();
}

/** A dispatcher that works takes over, until the accounts are settled. */
async function finishWith({ world, keep }: Stage): Promise<void> {
  keep(await startOwnDispatcher(world.dispatcherEnv, { isFaulty: true }));
}

/** Lets a dispatcher have 200 replies to wait for, stops what is to be stopped, and tells it to end. Resolves with how it ended. */
async function endUnderWay(
  stage: Stage,
  stop?: () => Promise<Disposable>,
): Promise<number | NodeJS.Signals | null> {
  const { sink, dispatcherEnv } = stage.world;
  await using ending = await startOwnDispatcher({ ...dispatcherEnv, CONCURRENCY: '200' });
  await using flow = stage.startFlow({ ratePerSecond: 500, countMax: 500, behaviours: ['slow-dot-3000'] });
  await eventually(
    '200 deliveries to be under way',
    async () => (await sink.openConnections()) >= 200,
    30_000,
  );
  const stopped = await stop?.();
  const toldAtMs = performance.now();
  ending.signal('SIGTERM');
  const end = await Promise.race([ending.ended, pause(2 * exitMsMax).then(() => null)]);
  const tookMs = performance.now() - toldAtMs;
  stage.note(`it took ${(tookMs / 1_000).toFixed(1)} s to end`);
  if (tookMs > exitMsMax + 1_000) stage.breach('it took longer than 30 s to end');
  stopped?.[Symbol.dispose]();
  if (stopped) await countCommitting(stage.world, stage.kills);
  await flow.finish();
  return end;
}
