import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { Fault } from '@posthorn/runtime';

/** How to run one part of the system as a process of its own. */
export type PartSpec = Readonly<{
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Whether the part can work now; asked again and again. Where it is absent, its first line of output says so. */
  isReady?: () => Promise<boolean>;
}>;

/** A supervised process: started again when it ends by itself, until it is disposed. */
export type Part = AsyncDisposable & { readonly name: string; readonly pid: number };

export type PartOptions = Readonly<{
  logFolder: string;
  /** Told of each ending that nobody asked for, and of the restart that follows. */
  onRestart: (part: Part, how: string) => void;
}>;

/** A part that is not ready by then has failed to start. */
const readyTimeoutMs = 30_000;
/** Between the polite and the hard end of a part. */
const stopTimeoutMs = 20_000;
const restartDelayMs = 200;
const lastOutputMs = 1_000;

/**
 * Starts a part and resolves once it is ready. Its output goes to `<logFolder>/<name>.log`.
 *
 * Throws a `misconfigured` Fault with the end of that output when it does not become ready. Each part is the leader
 * of its own process group, so that Ctrl-C reaches only the starter, which then stops the parts in order.
 */
export async function startPart(spec: PartSpec, { logFolder, onRestart }: PartOptions): Promise<Part> {
  const log = createWriteStream(path.join(logFolder, `${spec.name}.log`), { flags: 'a' });
  let isWanted = true;
  let child = run(spec, log);

  const part: Part = {
    name: spec.name,
    get pid() {
      return child.pid ?? 0;
    },
    async [Symbol.asyncDispose]() {
      isWanted = false;
      await end(child);
      await lastOutput(child);
      await new Promise<void>((resolve) => log.end(() => resolve()));
    },
  };

  const supervise = () => {
    child.once('exit', (code, signal) => {
      if (!isWanted) return;
      const how = signal ?? `code ${code}`;
      setTimeout(() => {
        if (!isWanted) return;
        child = run(spec, log);
        supervise();
        onRestart(part, how);
      }, restartDelayMs);
    });
  };

  try {
    await untilReady(spec, child);
  } catch (error) {
    await part[Symbol.asyncDispose]();
    throw error;
  }
  supervise();
  return part;
}

function run({ command, args, cwd, env }: PartSpec, log: WriteStream): ChildProcess {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

async function untilReady(spec: PartSpec, child: ChildProcess): Promise<void> {
  const lastLines: string[] = [];
  const keep = (chunk: Buffer) => {
    lastLines.push(...chunk.toString().trimEnd().split('\n'));
    lastLines.splice(0, lastLines.length - 20);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  try {
    const ready = spec.isReady ? pollUntil(spec.isReady, child) : saysSomething(child);
    const isReady = await Promise.race([ready, ended(child), timeout()]);
    if (!isReady) throw new Fault('misconfigured', `${spec.name} did not start:\n${lastLines.join('\n')}`);
  } finally {
    child.stdout?.off('data', keep);
    child.stderr?.off('data', keep);
  }
}

async function ended(child: ChildProcess): Promise<false> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  await lastOutput(child);
  return false;
}

/** Resolves when all was read that an ended child wrote; a process that inherited its output does not hold that up. */
async function lastOutput({ stdout, stderr }: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(lastOutputMs);
  await Promise.allSettled([stdout, stderr].map(async (stream) => stream && finished(stream, { signal })));
}

function timeout(): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), readyTimeoutMs).unref());
}

/** True once `isReady` says so; goes on for as long as the child lives, and is never heard after that. */
async function pollUntil(isReady: () => Promise<boolean>, child: ChildProcess): Promise<boolean> {
  while (!(await isReady().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) return ended(child);
    await new Promise((go) => setTimeout(go, 30));
  }
  return true;
}

async function saysSomething(child: ChildProcess): Promise<true> {
  await once(child.stdout ?? child, 'data');
  return true;
}

/** Asks a page, bounded to a second; any answer but 2xx, and none, is a no. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return response.ok;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await gone;
  clearTimeout(timer);
}
