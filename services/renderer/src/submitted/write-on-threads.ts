import { createWeightGate, type Logger, type TaskOutcome } from '@posthorn/runtime';
import type { MessageToWrite, SubmittedTask, WrittenMessage } from '../work/submitted-task.ts';

export type RunSubmittedTask = (
  task: SubmittedTask,
  limits: { cpuMs: number },
) => Promise<TaskOutcome<WrittenMessage[]>>;

/** A message's copies, or that it ended its thread twice: out of time, out of memory, or by a crash. */
export type WriteResult = WrittenMessage | Readonly<{ kind: 'killed'; reason: string }>;

export type WriteOnThreads = (task: SubmittedTask) => Promise<WriteResult[]>;

/** Messages of one task: enough to make the way to the thread cheap, few enough that all threads get some. */
const batchMax = 25;
const batchBytesMax = 1024 * 1024;
/** A MiB takes about 5 ms to read and as much for each copy; this is added to the limit for each of them. */
const cpuMsPerMib = 40;
/** A copy takes under a millisecond to sign, with RSA of 4096 bits on a slow machine ten. */
const cpuMsPerCopy = 15;
/** Bytes of messages on their way through the threads at once. A larger one goes alone. */
const bytesAtOnceMax = 48 * 1024 * 1024;

/**
 * Makes what writes copies on the threads, in batches side by side.
 *
 * A batch that overruns or ends its thread is done again message by message. The one that did it is done once more with
 * its header changed alone: signed and delivered, untracked (row H07). Only one that fails again has no copies.
 */
export function createWriteOnThreads({
  run,
  cpuMs,
  log,
}: {
  run: RunSubmittedTask;
  cpuMs: number;
  log: Logger;
}): WriteOnThreads {
  const gate = createWeightGate(bytesAtOnceMax);

  async function runTask(task: SubmittedTask, baseMs: number) {
    const { messages } = task;
    const bytes = messages.reduce((sum, message) => sum + sizeOf(message), 0);
    const workMs = messages.reduce((sum, message) => sum + workMsOf(message), 0);
    return gate(bytes, () => run(withOwnKeys(task), { cpuMs: baseMs + workMs }));
  }

  async function writeBatch(task: SubmittedTask): Promise<WriteResult[]> {
    const outcome = await runTask(task, 2 * cpuMs);
    const results = outcome.kind === 'done' ? outcome.result : [];
    return Promise.all(
      task.messages.map((message, index) => {
        const result = results[index];
        return result && result.kind !== 'threw'
          ? result
          : writeAlone({ ...task, messages: [message] }, result);
      }),
    );
  }

  async function writeAlone(task: SubmittedTask, threw: WriteResult | undefined): Promise<WriteResult> {
    const first = threw ?? (await tryAlone(task));
    if (first.kind !== 'killed' && first.kind !== 'threw') return first;
    const [message] = task.messages;
    const { accountId, id: statusId } = message ?? {};
    log.error({ accountId, statusId, reason: first.reason }, 'message left untracked, it could not be read');
    return tryAlone({ ...task, messages: task.messages.map(headerOnly) });
  }

  async function tryAlone(task: SubmittedTask): Promise<WriteResult> {
    const outcome = await runTask(task, cpuMs);
    if (outcome.kind === 'done') return outcome.result[0] ?? { kind: 'threw', reason: 'no result' };
    const reason = outcome.kind === 'overran' ? 'it takes too long' : 'it takes too much memory';
    return { kind: 'killed', reason };
  }

  return async (task) => {
    const batches = batchesOf(task.messages).map((messages) => writeBatch({ ...task, messages }));
    return (await Promise.all(batches)).flat();
  };
}

function batchesOf(messages: readonly MessageToWrite[]): MessageToWrite[][] {
  const batches: MessageToWrite[][] = [];
  let room = 0;
  for (const message of messages) {
    const current = batches.at(-1);
    const bytes = sizeOf(message);
    const fits = current !== undefined && current.length < batchMax && bytes <= room;
    if (fits) current.push(message);
    else batches.push([message]);
    room = (fits ? room : batchBytesMax) - bytes;
  }
  return batches;
}

function headerOnly(message: MessageToWrite): MessageToWrite {
  return { ...message, isHeaderOnly: true };
}

function sizeOf({ raw }: MessageToWrite): number {
  return raw.length;
}

function workMsOf({ raw, copies }: MessageToWrite): number {
  const mib = raw.length / 1_048_576;
  return mib * cpuMsPerMib * (1 + copies.length) + copies.length * cpuMsPerCopy;
}

/** Everything a task holds is copied to its thread. */
function withOwnKeys({ keys, messages }: SubmittedTask): SubmittedTask {
  const names = new Set(messages.map(({ signWith }) => signWith));
  return { messages, keys: Object.fromEntries(Object.entries(keys).filter(([name]) => names.has(name))) };
}
