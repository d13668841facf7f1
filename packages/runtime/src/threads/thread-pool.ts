import { Worker } from 'node:worker_threads';
import type { HealthCheck } from '../health.ts';
import type { Logger } from '../logger.ts';

/** How a task ended: with its result, past its time, or with the end of its thread (out of memory, exit, a throw). */
export type TaskOutcome<Result> =
  | Readonly<{ kind: 'done'; result: Result }>
  | Readonly<{ kind: 'overran' }>
  | Readonly<{ kind: 'died'; reason: string }>;

/** What a thread's script posts: `ready` once, then one message a task, each with the thread's CPU time so far. */
export type ThreadMessage<Result> = Readonly<
  { cpuMs: number } & (
    | { kind: 'ready' }
    | { kind: 'done'; result: Result }
    | { kind: 'failed'; reason: string }
  )
>;

export type ThreadPoolOptions = Readonly<{
  script: URL;
  size: number;
  workerData: unknown;
  /** Heap of one thread; past it the thread ends, not the process (row T02). */
  memoryMib: number;
  log: Logger;
  /** Called when a thread goes on although it was ended: only the end of the process stops it then. */
  onStuck: () => void;
  /** How long the end of a thread may take. */
  endTimeoutMs?: number;
}>;

/** Threads that run one task at a time and can be ended at any point. Disposing it ends them. */
export type ThreadPool<Task, Result> = AsyncDisposable &
  Readonly<{
    /** Runs a task on the next free thread. `cpuMs` is counted from when it begins, in CPU time of the thread. */
    run: (task: Task, limits: { cpuMs: number }) => Promise<TaskOutcome<Result>>;
    /** Fails while no thread is ready: the script cannot start. */
    healthCheck: HealthCheck;
  }>;

type Thread = { worker: Worker; isReady: boolean; cpuMs: number };
type Running<Result> = { settle: (outcome: TaskOutcome<Result>) => void; stopWatch: () => void };

/** A task that gets no CPU at all, because the machine is busy, is ended after so many times its CPU time. */
const wallFactor = 20;
const respawnDelayMs = 1_000;

/**
 * Starts `size` threads.
 *
 * Our own and not `piscina`, since its clock starts when a task is queued: after a thread was ended, the next task
 * would wait for the new one to load, overrun, end it, and so on. And a limit in wall-clock time would drop healthy
 * work on a busy machine; this one asks the thread how much CPU it used (`worker.cpuUsage`, also in a busy loop).
 */
export function startThreadPool<Task, Result>(options: ThreadPoolOptions): ThreadPool<Task, Result> {
  const { script, size, workerData, memoryMib, log, onStuck, endTimeoutMs = 5_000 } = options;
  const threads = new Set<Thread>();
  const idle: Thread[] = [];
  const waiting: ((thread: Thread) => void)[] = [];
  const running = new Map<Thread, Running<Result>>();
  let isClosing = false;

  function spawn(): void {
    const resourceLimits = {
      maxOldGenerationSizeMb: memoryMib,
      maxYoungGenerationSizeMb: 64,
      stackSizeMb: 4,
    };
    const worker = new Worker(script, { workerData, resourceLimits });
    const thread: Thread = { worker, isReady: false, cpuMs: 0 };
    threads.add(thread);
    worker.on('message', (message: ThreadMessage<Result>) => take(thread, message));
    worker.on('error', (error) => lose(thread, error instanceof Error ? error.message : 'threw'));
    worker.on('exit', (code) => lose(thread, `exited with code ${code}`));
  }

  function take(thread: Thread, message: ThreadMessage<Result>): void {
    thread.cpuMs = message.cpuMs;
    thread.isReady = true;
    const task = running.get(thread);
    running.delete(thread);
    if (message.kind === 'done') task?.settle({ kind: 'done', result: message.result });
    if (message.kind === 'failed') task?.settle({ kind: 'died', reason: message.reason });
    release(thread);
  }

  function release(thread: Thread): void {
    const next = waiting.shift();
    if (next) next(thread);
    else idle.push(thread);
  }

  /** A thread is lost once; its task is told why, and a new thread takes its place. */
  function lose(
    thread: Thread,
    reason: string,
    outcome: TaskOutcome<Result> = { kind: 'died', reason },
  ): void {
    if (!threads.delete(thread)) return;
    // A task that is cut off by the service's own end has no outcome: the next process does it again.
    if (isClosing) return;
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
    running.get(thread)?.settle(outcome);
    running.delete(thread);
    log.warn({ reason, outcome: outcome.kind }, 'thread ended');
    if (thread.isReady) spawn();
    else setTimeout(() => !isClosing && spawn(), respawnDelayMs).unref();
  }

  /** V8 has loops that it does not interrupt (14.x: `push(new Array(n).fill(x))`); they would eat the machine. */
  async function end({ worker }: Thread): Promise<void> {
    const timer = setTimeout(() => {
      log.fatal('thread cannot be ended');
      onStuck();
    }, endTimeoutMs);
    await worker.terminate();
    clearTimeout(timer);
  }

  async function acquire(): Promise<Thread> {
    const thread = idle.pop();
    if (thread) return thread;
    const turn = Promise.withResolvers<Thread>();
    waiting.push(turn.resolve);
    return turn.promise;
  }

  async function run(task: Task, { cpuMs }: { cpuMs: number }): Promise<TaskOutcome<Result>> {
    const thread = await acquire();
    const { promise, resolve } = Promise.withResolvers<TaskOutcome<Result>>();
    const stopWatch = watch(thread.worker, { cpuMs, startCpuMs: thread.cpuMs }, () => {
      lose(thread, 'overran', { kind: 'overran' });
      void end(thread);
    });
    running.set(thread, { settle: resolve, stopWatch });
    thread.worker.postMessage(task);
    try {
      return await promise;
    } finally {
      stopWatch();
    }
  }

  for (let index = 0; index < size; index += 1) spawn();
  return {
    run,
    healthCheck: async () =>
      [...threads].some(({ isReady }) => isReady)
        ? { ok: true }
        : { ok: false, reason: 'no thread is ready' },
    [Symbol.asyncDispose]: async () => {
      isClosing = true;
      // Their tasks never settle, and a watch keeps the process alive for twenty times its limit.
      for (const { stopWatch } of running.values()) stopWatch();
      await Promise.all([...threads].map(end));
    },
  };
}

/** Calls `onOverrun` once the thread has used `cpuMs` since `startCpuMs`, or has run far too long without any. */
function watch(
  worker: Worker,
  { cpuMs, startCpuMs }: { cpuMs: number; startCpuMs: number },
  onOverrun: () => void,
): () => void {
  let isStopped = false;
  let timer = setTimeout(check, cpuMs);
  // A thread that V8 cannot interrupt does not answer `cpuUsage` either.
  const hardTimer = setTimeout(onOverrun, cpuMs * wallFactor);

  async function check(): Promise<void> {
    const used = await worker.cpuUsage().catch(() => undefined);
    if (isStopped || !used) return;
    const usedMs = (used.user + used.system) / 1_000 - startCpuMs;
    if (usedMs >= cpuMs) onOverrun();
    else timer = setTimeout(check, Math.max(cpuMs - usedMs, 5));
  }

  return () => {
    isStopped = true;
    clearTimeout(timer);
    clearTimeout(hardTimer);
  };
}
