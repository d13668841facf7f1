import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { Fault } from '@posthorn/runtime';
import { createPartOutput, type PartOutput } from './part-output.ts';
import { progressIn, untilReady } from './until-ready.ts';

/** How to run one part of the system as a process of its own. */
export type PartSpec = Readonly<{
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Whether the part can work now; asked again and again. Where it is absent, its first line of standard output says so. */
  isReady?: () => Promise<boolean>;
  /** Says how far it has come while it is not ready; without it, its last line with a `percent` does. */
  progress?: () => Promise<string | undefined>;
  /** Says why process `pid` of the part ended or did not start, and what to do, where its output does not. */
  explain?: (pid: number) => Promise<string>;
}>;

/** A supervised process: started again when it ends by itself, until it is disposed. */
export type Part = AsyncDisposable & { readonly name: string; readonly pid: number };

export type PartOptions = Readonly<{
  logFolder: string;
  /** Told of every process of the part, as soon as it runs. */
  onSpawn: (name: string, pid: number) => void;
  /** Told how far a part has come that takes long. */
  onProgress: (name: string, text: string) => void;
  /** Told of each ending that nobody asked for, and of the restart that follows. */
  onRestart: (part: Part, how: string) => void;
  /** Aborted: the part is not wanted any more, also where it has not come up yet. */
  signal?: AbortSignal;
  /** How long a part that neither works nor comes further may take to become ready. 30 seconds. */
  stallMs?: number;
}>;

/** Between the polite and the hard end of a part. */
const stopTimeoutMs = 20_000;
const restartDelayMsMin = 200;
/** A part that ends again at once is not tried more often: its disk may be full for a while. */
const restartDelayMsMax = 2_000;
/** A part that ran for longer is started again without delay. */
const steadyMs = 10_000;
const lastOutputMs = 1_000;

/**
 * Starts a part and resolves once it is ready. Its output goes to `<logFolder>/<name>.log`.
 *
 * Throws a `misconfigured` Fault with the end of that output when it ends or makes no progress. Each part is the
 * leader of its own process group, so that Ctrl-C reaches only the starter, which then stops the parts in order.
 */
export async function startPart(spec: PartSpec, options: PartOptions): Promise<Part> {
  const output = createPartOutput(path.join(options.logFolder, `${spec.name}.log`));
  let isWanted = true;
  let delayMs = restartDelayMsMin;
  let child = run(spec, output, options);

  const part: Part = {
    name: spec.name,
    get pid() {
      return child.pid ?? 0;
    },
    async [Symbol.asyncDispose]() {
      isWanted = false;
      await end(child);
      await lastOutput(child);
      await output[Symbol.asyncDispose]();
    },
  };

  const restart = (how: string) => {
    if (!isWanted) return;
    child = run(spec, output, options);
    supervise();
    options.onRestart(part, how);
  };
  const supervise = () => {
    const beganAt = performance.now();
    const { pid = 0 } = child;
    const ended = (how: string) => {
      if (!isWanted) return;
      delayMs =
        performance.now() - beganAt > steadyMs ? restartDelayMsMin : Math.min(delayMs * 2, restartDelayMsMax);
      setTimeout(() => void describeEnd(spec, pid, how).then(restart), delayMs);
    };
    if (hasEnded(child)) return ended(howEnded(child));
    child.once('exit', () => ended(howEnded(child)));
    child.once('error', () => ended('it could not be started'));
  };

  try {
    await becomeReady(spec, { child, output, options });
  } catch (error) {
    await part[Symbol.asyncDispose]();
    throw error;
  }
  supervise();
  return part;
}

/** Runs the part so that what it writes is its user's alone, and stays readable whatever becomes of the log. */
function run(
  { name, command, args, cwd, env }: PartSpec,
  output: PartOutput,
  { onSpawn }: PartOptions,
): ChildProcess {
  output.begin();
  // A child takes over the mask of the moment in which it is started.
  const mask = process.umask(0o077);
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  process.umask(mask);
  child.stdout.on('data', output.write);
  child.stderr.on('data', output.write);
  // Also seen where the part is waited for; without a listener it would end the starter.
  child.on('error', (error) => output.write(Buffer.from(`${error.message}\n`)));
  if (child.pid) onSpawn(name, child.pid);
  return child;
}

type Coming = Readonly<{ child: ChildProcess; output: PartOutput; options: PartOptions }>;

async function becomeReady(spec: PartSpec, { child, output, options }: Coming): Promise<void> {
  const { signal: unwanted, onProgress, stallMs } = options;
  const over = new AbortController();
  for (const event of ['exit', 'error']) child.once(event, () => over.abort());
  let hasSpoken = false;
  child.stdout?.once('data', () => {
    hasSpoken = true;
  });
  const { isReady = async () => hasSpoken, progress = async () => progressIn(output.lastLines()) } = spec;
  const question = {
    ...{ pid: child.pid ?? 0, isReady, progress },
    onProgress: (text: string) => onProgress(spec.name, text),
    signal: unwanted ? AbortSignal.any([over.signal, unwanted]) : over.signal,
    ...(stallMs !== undefined && { stallMs }),
  };
  const isUp = await untilReady(question).catch(() => false);
  unwanted?.throwIfAborted();
  if (isUp) return;
  if (hasEnded(child)) await lastOutput(child);
  throw await didNotStart(spec, child, output);
}

async function didNotStart(spec: PartSpec, child: ChildProcess, output: PartOutput): Promise<Fault> {
  const how = hasEnded(child) ? `it ended (${howEnded(child)})` : 'it made no progress';
  const why = [...output.lastLines(), (await spec.explain?.(child.pid ?? 0)) ?? '']
    .filter(Boolean)
    .join('\n');
  return new Fault('misconfigured', `${spec.name} did not start: ${how}.\n${why}`);
}

async function describeEnd({ explain }: PartSpec, pid: number, how: string): Promise<string> {
  const why = await explain?.(pid).catch(() => '');
  const last = why?.split('\n').at(-1)?.trim();
  return last ? `${how}: ${last}` : how;
}

function hasEnded({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null || pid === undefined;
}

function howEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `code ${exitCode}`;
}

/** Resolves when all was read that an ended child wrote; a process that inherited its output does not hold that up. */
async function lastOutput({ stdout, stderr }: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(lastOutputMs);
  await Promise.allSettled([stdout, stderr].map(async (stream) => stream && finished(stream, { signal })));
}

/** Asks a page, bounded to a second; any answer but 2xx, and none, is a no. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return response.ok;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await gone;
  clearTimeout(timer);
}
