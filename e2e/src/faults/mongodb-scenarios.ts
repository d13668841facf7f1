import type { SubmissionEntry } from '@posthorn/testing';
import { MongoClient } from 'mongodb';
import { goesOn } from './goes-on.ts';
import { killPart } from './kills.ts';
import { stopPart } from './parts.ts';
import { pause } from './pause.ts';
import type { Scenario } from './scenario.ts';

/** MongoDB away: mail goes on. */
export const mongodbScenarios: readonly Scenario[] = [
  {
    rows: ['F15'],
    title: 'MongoDB stops for a minute, then is killed again and again',
    unless: async () =>
      process.env['MONGODB_URL'] ? 'the MongoDB of MONGODB_URL is not for this run to stop' : undefined,
    run: async (stage) => {
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      await goesOn(stage, flow);
      await pause(Math.max(5_000, 20_000 * stage.scale));
      const stoppedAtMs = Date.now();
      const before = flow.acceptedCount;
      {
        using _stopped = await stopPart(stage.world, 'mongodb');
        await pause(Math.max(10_000, 60_000 * stage.scale));
      }
      const backAtMs = Date.now();
      const meanwhile = flow.acceptedCount - before;
      await goesOn(stage, flow);
      for (let round = 0; round < Math.max(2, Math.round(10 * stage.scale)); round += 1) {
        await killPart(stage.world, 'mongodb', stage.kills);
        await goesOn(stage, flow);
      }
      await flow.finish();

      const entries = await stage.world.submissions();
      const usual = acceptMsOf(entries, 0, stoppedAtMs);
      const away = acceptMsOf(entries, stoppedAtMs, backAtMs);
      stage.note(`accepted while it was away ${meanwhile}`);
      stage.note(`accept p50/p99 before ${text(usual)} ms, while it was away ${text(away)} ms`);
      if (meanwhile === 0) stage.breach('nothing was accepted while MongoDB was away');
    },
  },
  {
    rows: ['F16'],
    title: 'MongoDB’s primary steps down again and again: for seconds nobody takes writes',
    world: { env: { MONGODB_TEST_COMMANDS: 'true' } },
    unless: async () =>
      process.env['MONGODB_URL'] ? 'the MongoDB of MONGODB_URL may have no commands for tests' : undefined,
    run: async (stage) => {
      const { mongodbUrl } = stage.world.system.instance;
      await using client = await new MongoClient(mongodbUrl).connect();
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      await goesOn(stage, flow);
      for (let round = 0; round < Math.max(3, Math.round(20 * stage.scale)); round += 1) {
        await refuseWrites(client, 'alwaysOn');
        await pause(1_000 + 2_000 * Math.random());
        await refuseWrites(client, 'off');
        await goesOn(stage, flow);
      }
      await flow.finish();
    },
  },
];

/** As a primary that has stepped down refuses them (MongoDB error_codes.yml: NotWritablePrimary). */
async function refuseWrites(client: MongoClient, mode: 'alwaysOn' | 'off'): Promise<void> {
  const failCommands = ['insert', 'update', 'delete', 'findAndModify'];
  const data = { failCommands, errorCode: 10_107 };
  await client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
}

/** Sorted times from submission to acceptance of what was submitted within a span, in milliseconds. */
function acceptMsOf(entries: readonly SubmissionEntry[], fromMs: number, toMs: number): number[] {
  const submitted = new Map<string, number>();
  const times: number[] = [];
  for (const entry of entries) {
    if (entry.kind === 'submitted' && entry.atMs >= fromMs && entry.atMs < toMs)
      submitted.set(entry.probe, entry.atMs);
    const since = entry.kind === 'accepted' ? submitted.get(entry.probe) : undefined;
    if (since !== undefined) times.push(entry.atMs - since);
  }
  return times.sort((a, b) => a - b);
}

function text(sorted: readonly number[]): string {
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return `${at(0.5)}/${at(0.99)}`;
}
