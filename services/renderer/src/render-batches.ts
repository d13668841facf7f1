import type { TaskOutcome } from '@posthorn/runtime';
import type { Suspects } from './suspects.ts';
import type { RenderedSend, RenderSend, RenderTask } from './work/render-task.ts';

/**
 * A send's result, or that it ended its thread, alone: out of time, out of memory, or by a crash; or that it is put off,
 * since its template ended a thread a moment ago and another send of such a template is under way.
 */
export type BatchResult =
  | RenderedSend
  | Readonly<{ kind: 'killed'; reason: string }>
  | Readonly<{ kind: 'put-off' }>;

export type RunTask = (task: RenderTask, limits: { cpuMs: number }) => Promise<TaskOutcome<RenderedSend[]>>;

export type RenderBatches = (task: RenderTask) => Promise<BatchResult>[];

export type RenderBatchesDeps = Readonly<{ run: RunTask; cpuMs: number; suspects: Suspects }>;

/** Sends of one task: enough to make the way to the thread cheap, few enough that all threads get some of a bag. */
const batchMax = 25;
/** Attachments of one task, in bytes. */
const batchBytesMax = 2 * 1024 * 1024;
/** A MiB of attachments takes about 5 ms to encode and hash; this is added to the limit for each. */
const cpuMsPerMib = 20;

/**
 * Makes what renders a bag on the threads, in batches side by side.
 *
 * A batch that overruns or ends its thread is rendered again send by send: the one that did it is `killed`, the rest
 * go on (rows T02, F49). Sends of its template are then tried alone and one at a time for a while, so that however many
 * of them come, all threads but one are for the rest. Returns a promise for each send, in order.
 */
export function createRenderBatches({ run, cpuMs, suspects }: RenderBatchesDeps): RenderBatches {
  return (task) => {
    const results = new Map<RenderSend, Promise<BatchResult>>();
    const trusted: RenderSend[] = [];
    for (const send of task.sends) {
      if (suspects.has(send.versionKey)) results.set(send, renderSuspect({ ...task, sends: [send] }));
      else trusted.push(send);
    }
    for (const sends of batchesOf(trusted)) {
      const batch = renderBatch({ ...task, sends });
      for (const [index, send] of sends.entries()) results.set(send, resultAt(batch, index));
    }
    return task.sends.map((send) => results.get(send) ?? Promise.resolve(lost));
  };

  async function renderSuspect(task: RenderTask): Promise<BatchResult> {
    return (await suspects.tryAlone(() => renderAlone(task))) ?? { kind: 'put-off' };
  }

  async function renderBatch(task: RenderTask): Promise<BatchResult[]> {
    const outcome = await run(onlyNeeded(task), { cpuMs: 2 * cpuMs + extraCpuMs(task.sends) });
    if (outcome.kind === 'done') return outcome.result;
    return Promise.all(task.sends.map((send) => renderAlone({ ...task, sends: [send] })));
  }

  async function renderAlone(task: RenderTask): Promise<BatchResult> {
    const outcome = await run(onlyNeeded(task), { cpuMs: cpuMs + extraCpuMs(task.sends) });
    if (outcome.kind === 'done') return outcome.result[0] ?? lost;
    for (const { versionKey } of task.sends) suspects.add(versionKey);
    return {
      kind: 'killed',
      reason: outcome.kind === 'overran' ? 'it takes too long' : 'it takes too much memory',
    };
  }
}

const lost: BatchResult = { kind: 'threw', reason: 'no result' };

async function resultAt(batch: Promise<readonly BatchResult[]>, index: number): Promise<BatchResult> {
  return (await batch)[index] ?? lost;
}

function batchesOf(sends: readonly RenderSend[]): RenderSend[][] {
  const batches: RenderSend[][] = [];
  let room = 0;
  for (const send of sends) {
    const bytes = attachedBytes(send);
    const current = batches.at(-1);
    if (current && current.length < batchMax && bytes <= room) current.push(send);
    else batches.push([send]);
    room = (batches.at(-1) === current ? room : batchBytesMax) - bytes;
  }
  return batches;
}

function extraCpuMs(sends: readonly RenderSend[]): number {
  return (sends.reduce((sum, send) => sum + attachedBytes(send), 0) / 1_048_576) * cpuMsPerMib;
}

function attachedBytes({ attachments }: RenderSend): number {
  return attachments.reduce((sum, { content }) => sum + content.length, 0);
}

/** A thread gets the versions and keys of its own sends only: everything is copied to it. */
function onlyNeeded({ versions, keys, accounts, sends }: RenderTask): RenderTask {
  const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
    Object.fromEntries(
      [...new Set(names)].flatMap((name) => {
        const value = from[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  return {
    versions: pick(
      versions,
      sends.map(({ versionKey }) => versionKey),
    ),
    keys: pick(
      keys,
      sends.map(({ signWith }) => signWith),
    ),
    accounts: pick(
      accounts,
      sends.map(({ accountId }) => String(accountId)),
    ),
    sends,
  };
}
