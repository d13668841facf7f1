import { startOwnDispatcher } from './own-dispatcher.ts';
import { pause } from './pause.ts';
import type { Scenario, Stage } from './scenario.ts';

/** Short, where the real ones would take an hour of a run. */
const quickDot = { SMTP_FINAL_DOT_TIMEOUT_MS: '3000' };

/** Replies and silences before which every message ends delivered, or with a reason, and none twice. */
const oddReceivers = [
  ...['ok', '421-rcpt', '421-dot', 'greylist-3', '451-rcpt', '550-rcpt', '554-dot', '299-dot', '777-rcpt'],
  ...['garbage-rcpt', 'garbage', 'tarpit-2', 'drop-in-rcpt', 'drop-after-354', 'drop-in-data'],
  ...['drop-at-dot', '250-then-rst', '250-then-close', 'multiline', 'split-250', 'long-reply'],
  ...['early-250', 'slow-dot-3000'],
];

/** Receivers that misbehave: each message ends delivered, or with a reason. */
export const receiverScenarios: readonly Scenario[] = [
  {
    rows: ['F18', 'F19', 'F21', 'F22', 'F24', 'F27', 'F28', 'F29'],
    title: 'receivers refuse, greylist, talk nonsense, hang up before the dot and after their 250',
    run: async (stage) => {
      await using flow = stage.startFlow({
        ...{ ratePerSecond: 100, behaviours: oddReceivers },
        countMax: Math.max(460, Math.round(4_600 * stage.scale)),
      });
      await flow.finish();
    },
  },
  {
    rows: ['F18'],
    title: 'the receiver says 421 in its banner for a while',
    run: async (stage) => {
      stage.allowCopies(0);
      const { sink } = stage.world;
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      await pause(2_000);
      await sink.behave({ connect: '421' });
      await sink.dropConnections();
      await pause(Math.max(5_000, 10_000 * stage.scale));
      await sink.behave({});
      await flow.finish();
    },
  },
  {
    rows: ['F20'],
    title: 'of three recipients one is taken, one put off and one refused: each has one end',
    run: async (stage) => {
      stage.allowCopies(0);
      await using flow = stage.startFlow({
        ...{ ratePerSecond: 50, countMax: Math.max(50, Math.round(500 * stage.scale)) },
        cc: ['mixed', 'mixed', 'mixed'],
      });
      await flow.finish();
    },
  },
  {
    rows: ['F23'],
    title: '200 tarpits beside normal mail',
    world: { hasMx: true, hasOwnDispatchers: true },
    run: async (stage) => {
      stage.keep(await startOwnDispatcher(stage.world.dispatcherEnv));
      const seconds = Math.max(10, 30 * stage.scale);
      const alone = await timesOf(stage, seconds);
      await using tarpits = stage.startFlow({
        ...{ ratePerSecond: 100, countMax: 200, behaviours: ['tarpit-10'], domain: 'slow.probe.example' },
      });
      await tarpits.finish();
      const beside = await timesOf(stage, seconds);
      await pause(60_000);
      const after = await timesOf(stage, seconds);
      stage.note(
        `accept to dot of normal mail, p50/p99: ${alone} ms before, ${beside} ms beside, ${after} ms after`,
      );
    },
  },
  {
    rows: ['F25', 'F26'],
    title: 'receivers take the message and close, or never say so: two more copies at most',
    world: { env: quickDot },
    run: async (stage) => {
      const countMax = Math.max(40, Math.round(400 * stage.scale));
      stage.allowCopies(2 * countMax);
      const behaviours = ['drop-after-dot', 'no-final-reply'];
      await using flow = stage.startFlow({ ratePerSecond: 20, behaviours, countMax });
      await flow.finish();
    },
  },
  {
    rows: ['F25', 'F26', 'hold'],
    title: 'receivers take the message and close, or never say so; the account holds: no copy',
    world: { env: quickDot, onAmbiguous: 'hold' },
    run: async (stage) => {
      stage.allowCopies(0);
      await using flow = stage.startFlow({
        ...{ ratePerSecond: 20, behaviours: ['drop-after-dot', 'no-final-reply', 'ok'] },
        countMax: Math.max(60, Math.round(600 * stage.scale)),
      });
      await flow.finish();
    },
  },
  {
    rows: ['F26'],
    title: 'the receiver takes nine minutes for its 250',
    isLong: true,
    run: async (stage) => {
      stage.allowCopies(0);
      const delayMs = Math.round(540_000 * stage.scale);
      await using flow = stage.startFlow({
        ...{ ratePerSecond: 20, countMax: 40, behaviours: [`slow-dot-${delayMs}`] },
      });
      await flow.finish();
      await pause(delayMs);
    },
  },
];

/** Sends normal mail for so long and says how long half and 99 in 100 of it took from acceptance to the dot, in milliseconds. */
async function timesOf({ world, startFlow }: Stage, seconds: number): Promise<string> {
  const sinceMs = Date.now();
  await using flow = startFlow({ ratePerSecond: 50, countMax: 50 * seconds });
  await flow.finish();
  await pause(2_000);
  const dots = new Map((await world.sink.arrivals()).map(({ probe, atMs }) => [probe, atMs] as const));
  const times = (await world.submissions())
    .filter(({ kind, atMs }) => kind === 'accepted' && atMs >= sinceMs)
    .map(({ probe, atMs }) => (dots.get(probe) ?? Number.POSITIVE_INFINITY) - atMs)
    .filter((ms) => Number.isFinite(ms))
    .sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return `${at(0.5)}/${at(0.99)}`;
}
