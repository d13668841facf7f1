import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../api.ts';
import { goesOn } from './goes-on.ts';
import { pidOf } from './parts.ts';
import { pause } from './pause.ts';
import type { Scenario } from './scenario.ts';
import { slowestAnswerMs } from './slowest-answer.ts';
import { smtpSubmit } from './submit.ts';

const run = promisify(execFile);
const volumeMib = 64;

/** Too little room: on Redis' disk, and of file descriptors. */
export const roomScenarios: readonly Scenario[] = [
  {
    rows: ['F43'],
    title: 'the volume of Redis fills up, Redis ends, and starts again once there is room',
    unless: whyNoMount,
    world: async (scope) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-volume-'));
      scope.defer(() => rm(folder, { recursive: true }));
      await run('mount', ['-t', 'tmpfs', '-o', `size=${volumeMib}m`, 'tmpfs', folder]);
      scope.defer(async () => {
        await run('umount', ['-l', folder]);
      });
      return { hasOwnRedis: true, redisHome: path.join(folder, 'redis') };
    },
    run: async (stage) => {
      const { ownRedis } = stage.world;
      if (!ownRedis) throw new Error('This world has no Redis of its own');
      const ballast = path.join(path.dirname(ownRedis.home), 'ballast');
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      for (let round = 0; round < Math.max(1, Math.round(3 * stage.scale)); round += 1) {
        await goesOn(stage, flow);
        await fill(ballast);
        await eventually('nothing more to be accepted', async () => {
          const before = flow.acceptedCount;
          await pause(1_000);
          return flow.acceptedCount === before;
        });
        stage.note(`slowest answer meanwhile ${Math.round(await slowestAnswerMs(stage.world, 10))} ms`);
        await pause(3_000);
        await rm(ballast);
        await ownRedis.restart();
      }
      await goesOn(stage, flow);
      await flow.finish();
    },
  },
  {
    rows: ['F48'],
    title: 'gateway and submission have no more file descriptors for a while',
    run: async (stage) => {
      const { world } = stage;
      const before = [await pidOf(world, 'gateway'), await pidOf(world, 'submission')];
      await using http = stage.startFlow({ ratePerSecond: 300 });
      await using smtp = stage.startFlow({
        ...{ ratePerSecond: 50, submit: smtpSubmit(world.system.instance, { isKeyed: true }) },
      });
      await goesOn(stage, http);
      const usual = await descriptorsMax(before[0] ?? 0);
      for (let round = 0; round < Math.max(1, Math.round(5 * stage.scale)); round += 1) {
        for (const pid of before) await run('prlimit', ['--pid', String(pid), '--nofile=24:']);
        await pause(10_000);
        for (const pid of before) await run('prlimit', ['--pid', String(pid), `--nofile=${usual}:`]);
        await goesOn(stage, http);
        await goesOn(stage, smtp);
      }
      const after = [await pidOf(world, 'gateway'), await pidOf(world, 'submission')];
      if (before.join() !== after.join()) stage.breach('a service ended for want of descriptors');
      await Promise.all([http.finish(), smtp.finish()]);
    },
  },
];

async function descriptorsMax(pid: number): Promise<string> {
  const { stdout } = await run('prlimit', [
    '--pid',
    String(pid),
    '--nofile',
    '--raw',
    '--noheadings',
    '-o',
    'SOFT',
  ]);
  return stdout.trim();
}

/** Takes all room that is left. */
async function fill(file: string): Promise<void> {
  const mebibyte = Buffer.alloc(1_048_576);
  for (const step of [mebibyte, Buffer.alloc(4_096)]) {
    while (
      await writeFile(file, step, { flag: 'a' }).then(
        () => true,
        () => false,
      )
    );
  }
}

async function whyNoMount(): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-mount-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    await run('umount', [folder]);
    return undefined;
  } catch {
    return 'a tmpfs cannot be mounted here: it takes root';
  } finally {
    await rm(folder, { recursive: true });
  }
}
