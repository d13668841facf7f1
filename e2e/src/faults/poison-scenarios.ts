import { publishEmail } from '../author.ts';
import { pidOf } from './parts.ts';
import type { Scenario, Stage } from './scenario.ts';
import { httpSubmit } from './submit.ts';

/** Minutes of CPU within a template's own limits. */
const endless = `{% for i in range(1000) %}{% set x = custom.x${'|upper|lower'.repeat(20)} %}{% endfor %}`;
/** Gigabytes, within them too: its thread dies. */
const greedy = '{% set a = [] %}{% for i in range(1000) %}{% set a = [a, custom.x|split("")] %}{% endfor %}';

/** What cannot be rendered, among what can. */
export const poisonScenarios: readonly Scenario[] = [
  {
    rows: ['F49'],
    title: 'templates that never end and threads that run out of memory, among good sends',
    run: async (stage) => {
      const { world } = stage;
      const renderer = await pidOf(world, 'renderer');
      const seconds = Math.max(15, Math.round(120 * stage.scale));
      await using good = stage.startFlow({ ratePerSecond: 50, countMax: 50 * seconds });
      await using bombs = await startBombs(stage, endless, seconds);
      await using hogs = await startBombs(stage, greedy, seconds);
      await Promise.all([good.finish(), bombs.finish(), hogs.finish()]);
      if ((await pidOf(world, 'renderer')) !== renderer) stage.breach('the renderer ended');
      stage.note(`of it ${2 * Math.round(seconds / 2)} that cannot be rendered, one a second`);
    },
  },
];

async function startBombs({ world, startFlow }: Stage, html: string, seconds: number) {
  const { instance } = world.system;
  const emailId = await publishEmail(instance, { html });
  const submit = httpSubmit(instance, emailId, { x: 'x'.repeat(200_000) });
  return startFlow({ ratePerSecond: 0.5, countMax: Math.round(seconds / 2), submit });
}
