import { type FirstSteps, takeFirstSteps } from './first-steps.ts';
import { lockInstance, type RunningInstance } from './instance-lock.ts';
import type { Settings } from './settings.ts';
import { type LocalSystem, startSystem } from './system.ts';

/** A local Posthorn that is ready to be used. */
export type Instance = AsyncDisposable & { readonly running: RunningInstance };

/**
 * Locks the home folder, starts every part, makes what a first start needs, and keeps `running.json` true as parts
 * come back with new process ids.
 *
 * Throws a Fault that says what to do when another instance runs on the folder, a port is taken, or a part fails.
 */
export async function startInstance(settings: Settings, show: (line: string) => void): Promise<Instance> {
  await using scope = new AsyncDisposableStack();
  const lock = scope.use(await lockInstance(settings.home));

  let publish = async (): Promise<void> => {};
  const system = scope.use(
    await startSystem(settings, {
      onPart: (name) => show(`  ${name} is up`),
      onRestart(name, how) {
        show(`  ${name} ended (${how}) and was started again`);
        void publish();
      },
    }),
  );
  const steps = await takeFirstSteps(system, settings.home);
  // One after the other, each with what is true by then: parts that come back together must not leave the older file.
  let published = Promise.resolve();
  publish = () => {
    published = published.catch(() => undefined).then(() => lock.publish(describe(system, steps)));
    return published;
  };
  await publish();

  const opened = scope.move();
  return {
    get running() {
      return describe(system, steps);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function describe(system: LocalSystem, steps: FirstSteps): RunningInstance {
  const { apiUrl, mailboxUrl, smtpUrl, trackingUrl, redisUrl, mongodbUrl, secretFile } = system;
  return {
    pid: process.pid,
    apiUrl,
    ...steps,
    docsUrl: `${apiUrl}/docs`,
    mailboxUrl,
    smtpUrl,
    trackingUrl,
    redisUrl,
    mongodbUrl,
    secretFile,
    pids: system.pids(),
  };
}
