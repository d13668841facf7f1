import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { hasWorked, readWorkDone, type WorkDone } from './work-done.ts';

export type ReadyQuestion = Readonly<{
  pid: number;
  isReady: () => Promise<boolean>;
  /** Says how far the part has come, for people to read; undefined while it has nothing to say. */
  progress: () => Promise<string | undefined>;
  /** Told of the progress now and then while it takes long. */
  onProgress: (text: string) => void;
  /** Aborted when the part has ended or nobody wants it any more. */
  signal: AbortSignal;
  stallMs?: number;
}>;

const pollMs = 30;
const showEveryMs = 5_000;
const stallMsDefault = 30_000;

/**
 * Resolves with true once the part is ready, and with false when it has neither worked nor come further for
 * `stallMs`: loading a lot of data may take as long as it takes. Throws when `signal` is aborted.
 */
export async function untilReady(question: ReadyQuestion): Promise<boolean> {
  const { pid, isReady, progress, onProgress, signal, stallMs = stallMsDefault } = question;
  const beganAt = performance.now();
  let shownAt = beganAt;
  let moved: Moved = { atMs: beganAt, work: await readWorkDone(pid), text: undefined };
  let lookedAt = beganAt;

  while (!(await isReady().catch(() => false))) {
    await delay(pollMs, undefined, { signal });
    const now = performance.now();
    if (now - lookedAt < 500) continue;
    lookedAt = now;
    const text = await progress();
    moved = await lookAgain(moved, { pid, text, stallMs });
    if (now - shownAt >= showEveryMs) {
      onProgress(text ?? `still starting (${Math.round((now - beganAt) / 1000)} s)`);
      shownAt = now;
    }
    if (now - moved.atMs > stallMs) return false;
  }
  return true;
}

type Moved = Readonly<{ atMs: number; work: WorkDone | undefined; text: string | undefined }>;

async function lookAgain(
  before: Moved,
  { pid, text, stallMs }: { pid: number; text: string | undefined; stallMs: number },
): Promise<Moved> {
  const work = await readWorkDone(pid);
  const hasMoved =
    text !== before.text || (before.work && work && hasWorked(before.work, work, stallMs / 1_000));
  return hasMoved ? { atMs: performance.now(), work, text } : before;
}

const ProgressLine = z.object({ msg: z.string(), percent: z.number() });

/** Finds the last line of a log that tells a progress, as in `{"msg": "loading", "percent": 45}`. */
export function progressIn(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const parsed = line.includes('"percent"') ? ProgressLine.safeParse(parseJson(line)) : undefined;
    if (parsed?.success) return `${parsed.data.msg}: ${parsed.data.percent} %`;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
