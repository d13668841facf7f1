import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { goesOn } from './goes-on.ts';
import { pause } from './pause.ts';
import type { Scenario } from './scenario.ts';

const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;

/** Offsets from the true time, as libfaketime has them, one after the other. */
const offsets = ['+1h', '+0', '-1h', '+0', '+3650d', '+0'];

let file = '';

/** The clock of every Posthorn process jumps, Redis' does not: that of another machine. */
export const clockScenarios: readonly Scenario[] = [
  {
    rows: ['F45'],
    title: 'the services’ clock jumps an hour on, an hour back, ten years on, and back',
    unless: async () =>
      access(library).then(
        () => undefined,
        () => `${library} is not there: apt-get install libfaketime`,
      ),
    world: async (scope) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-clock-'));
      scope.defer(() => rm(folder, { recursive: true }));
      file = path.join(folder, 'offset');
      await writeFile(file, '+0\n');
      return {
        hasOwnRedis: true,
        env: {
          ...{ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1' },
          ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
        },
      };
    },
    run: async (stage) => {
      stage.allowCopies(0);
      await using flow = stage.startFlow({ ratePerSecond: 100 });
      for (const offset of offsets) {
        await goesOn(stage, flow);
        await pause(Math.max(3_000, 20_000 * stage.scale));
        await writeFile(file, `${offset}\n`);
        await pause(1_500);
      }
      await goesOn(stage, flow);
      await flow.finish();
    },
  },
];
