import { setTimeout as delay } from 'node:timers/promises';
import { type FirstSteps, takeFirstSteps } from './first-steps.ts';
import { openHome } from './home.ts';
import { lockInstance, type RunningInstance } from './instance-lock.ts';
import type { Settings } from './settings.ts';
import { type LocalSystem, startSystem } from './system.ts';

/** A local Posthorn that is ready to be used. */
export type Instance = AsyncDisposable & { readonly running: RunningInstance };

export type InstanceOptions = Readonly<{
  /** Told, for people to read, how the start goes and what happens to parts later on. */
  show: (line: string) => void;
  /** Aborted: the start is broken off, and what has come up is stopped. */
  signal?: AbortSignal;
}>;

const republishEveryMs = 1_000;
const endingsEveryMs = 30_000;

/**
 * Locks the home folder, starts every part, makes what a first start needs, and keeps `running.json` true as parts
 * come back with new process ids.
 *
 * Throws a Fault that says what to do when another instance runs on the folder, a port is taken, or a part fails.
 */
export async function startInstance(wanted: Settings, { show, signal }: InstanceOptions): Promise<Instance> {
  await using scope = new AsyncDisposableStack();
  const settings = { ...wanted, home: await openHome(wanted.home) };
  const lock = scope.use(await lockInstance(settings.home));

  let republish = () => {};
  const showEnding = createSparingShow(show);
  const system = scope.use(
    await startSystem(settings, {
      onPart: (name) => show(`  ${name} is up`),
      onProgress: (name, text) => show(`  ${name}: ${text}`),
      onRestart(name, how) {
        showEnding(name, `  ${name} ended (${how}) and was started again`);
        republish();
      },
      ...(signal && { signal }),
    }),
  );
  const steps = await takeFirstSteps(system, settings.home);
  await lock.publish(describe(system, steps));
  const publisher = scope.use(createPublisher(() => lock.publish(describe(system, steps))));
  republish = publisher.publish;

  const opened = scope.move();
  return {
    get running() {
      return describe(system, steps);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Shows of each part at most one line in half a minute: one that cannot come up is started again and again. */
function createSparingShow(show: (line: string) => void): (name: string, line: string) => void {
  const shownAtMs = new Map<string, number>();
  return (name, line) => {
    const nowMs = performance.now();
    if (nowMs - (shownAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < endingsEveryMs) return;
    shownAtMs.set(name, nowMs);
    show(line);
  };
}

/**
 * Publishes again and again until it worked, one attempt at a time and each with what is true by then: the disk may
 * be full for a while. Disposing it gives up what is still to be published.
 */
function createPublisher(publishOnce: () => Promise<void>): AsyncDisposable & { publish: () => void } {
  const closing = new AbortController();
  const { signal } = closing;
  let isDue = false;
  let publishing: Promise<void> | null = null;

  async function publishWhileDue(): Promise<void> {
    while (isDue && !signal.aborted) {
      isDue = false;
      await publishOnce().catch(async () => {
        isDue = true;
        await delay(republishEveryMs, undefined, { signal }).catch(() => undefined);
      });
    }
    publishing = null;
  }

  return {
    publish() {
      isDue = true;
      publishing ??= publishWhileDue();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await publishing;
    },
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
