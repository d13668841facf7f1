import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { goesOn } from './goes-on.ts';
import { startOwnProcess } from './own-process.ts';
import { pause } from './pause.ts';
import type { Scenario } from './scenario.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../..');
const lanes = 'packages/contracts/src/lanes';

/** A rolling update: the code of before the last change of a lane's items beside that of now, on the same lanes. */
export const releaseScenarios: readonly Scenario[] = [
  {
    rows: ['F50'],
    title: 'a renderer and a dispatcher of an earlier version work beside those of now',
    unless: async () =>
      (await earlierRevision()) === undefined ? 'there is no earlier version of the lanes' : undefined,
    run: async (stage) => {
      stage.allowCopies(0);
      const { world } = stage;
      await using earlier = await checkOut((await earlierRevision()) ?? 'HEAD');
      const { trackingUrl, secretFile } = world.system.instance;
      const env = {
        ...{ ...world.dispatcherEnv, POOLS: 'default', POOL: 'default', LOG_LEVEL: 'debug' },
        ...{ TRACKING_URL: trackingUrl, RETURN_PATH_HOST: 'bounces.posthorn.localhost', WORKER_THREADS: '1' },
        POSTHORN_SECRET: (await readFile(secretFile, 'utf8')).trim(),
        ALLOW_ANY_SENDING_DOMAIN: 'true',
      };
      await using dispatcher = await startOwnProcess(earlier.service('dispatcher'), 'src/main.ts', env);
      await using renderer = await startOwnProcess(earlier.service('renderer'), 'src/main.ts', env);
      await using flow = stage.startFlow({ ratePerSecond: 200 });
      await goesOn(stage, flow);
      await pause(Math.max(10_000, 120_000 * stage.scale));
      await goesOn(stage, flow);
      await flow.finish();
      await pause(2_000);
      stage.note(`revision ${earlier.revision} delivered ${dispatcher.saidCount('"msg":"delivered"')}`);
      for (const old of [renderer, dispatcher]) {
        old.signal('SIGTERM');
        await old.ended;
      }
    },
  },
];

/** The commit before the one that last changed what travels in the lanes. */
async function earlierRevision(): Promise<string | undefined> {
  try {
    const { stdout } = await run('git', ['log', '-1', '--format=%h', '--', lanes], { cwd: root });
    const parent = await run('git', ['rev-parse', '--short', `${stdout.trim()}^`], { cwd: root });
    return parent.stdout.trim();
  } catch {
    return undefined;
  }
}

/** Checks a revision out into a folder of its own, with the packages that are installed here. */
async function checkOut(revision: string) {
  await using scope = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-earlier-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const tree = path.join(folder, 'tree');
  await run('git', ['worktree', 'add', '--detach', tree, revision], { cwd: root });
  scope.defer(async () => {
    await run('git', ['worktree', 'remove', '--force', tree], { cwd: root });
  });
  await linkPackages(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
  for (const group of ['packages', 'services']) {
    for (const name of await readdir(path.join(tree, group))) {
      const own = path.join(root, group, name, 'node_modules');
      const there = await access(own).then(
        () => true,
        () => false,
      );
      if (there) await symlink(own, path.join(tree, group, name, 'node_modules'));
    }
  }
  const opened = scope.move();
  return {
    revision,
    service: (name: string) => path.join(tree, 'services', name),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Libraries are linked to those that are installed; our own packages lead into the new tree, by the same relative links. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(path.join(to, '@posthorn'), { recursive: true });
  for (const name of await readdir(from))
    if (name !== '@posthorn') await symlink(path.join(from, name), path.join(to, name));
  for (const name of await readdir(path.join(from, '@posthorn')))
    await symlink(await readlink(path.join(from, '@posthorn', name)), path.join(to, '@posthorn', name));
}
