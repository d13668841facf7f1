import { Fault } from '@posthorn/runtime';
import { z } from 'zod';
import type { RedisClient } from './redis-link.ts';

/**
 * What a bag's job remembers between runs, in fields of the job's own hash, so that it lives and ends with the job.
 *
 * Every write first looks whether this worker still holds the job's lock, in the same script: a worker that was
 * paused and replaced can change nothing any more (row B3). All writes may be repeated.
 */
export type JobRecord = Readonly<{
  read: () => Promise<JobHistory>;
  /** Counts that a handler starts; `uncountStart` takes it back when the run ends in any orderly way. */
  countStart: () => Promise<void>;
  uncountStart: () => Promise<void>;
  /** Writes marks by the item's index in the bag; on disk when it resolves. */
  mark: (marks: ReadonlyMap<number, Mark>) => Promise<void>;
  /** Moves one item to the parking lot and marks it done, at once. */
  park: (index: number, parked: { key: string; id: string; text: string }) => Promise<void>;
  /** Notes a bag about to be derived from `sources`, before it is posted. */
  noteDerived: (derived: DerivedNote) => Promise<void>;
}>;

/** `done`, or when the item is due again. */
export type Mark = 'done' | Due;

export type Due = Readonly<{
  /** Unix time in milliseconds. */
  atMs: number;
  /** How long it was to wait, in milliseconds, where it comes back without having been tried; its attempt then stays. */
  waitMs?: number;
}>;

export type DerivedNote = Readonly<{ bagId: string; postedKey: string; sources: number[]; isFinal: boolean }>;

export type JobHistory = Readonly<{
  /** Starts that no orderly end followed, before this run. */
  crashes: number;
  marks: ReadonlyMap<number, Mark>;
  derived: readonly DerivedNote[];
}>;

export const noHistory: JobHistory = { crashes: 0, marks: new Map(), derived: [] };

const DerivedText = z
  .object({ k: z.string(), s: z.array(z.int()), f: z.boolean() })
  .transform(({ k, s, f }) => ({ postedKey: k, sources: s, isFinal: f }));

const guard = "if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end ";

const scripts = {
  /** Only the fields that are ours: the job's data may be large. */
  read: `${guard}
    local found = {}
    for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
      if string.sub(name, 1, 3) == 'ph:' then
        found[#found + 1] = string.sub(name, 4)
        found[#found + 1] = redis.call('HGET', KEYS[1], name)
      end
    end
    return found`,
  count: `${guard} return redis.call('HINCRBY', KEYS[1], 'ph:starts', ARGV[2])`,
  set: `${guard} return redis.call('HSET', KEYS[1], unpack(ARGV, 2))`,
  park: `${guard}
    redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
    return redis.call('HSET', KEYS[1], ARGV[4], 'done')`,
} as const;

export function createJobRecord(
  client: RedisClient,
  { jobKey, token }: { jobKey: string; token: string },
): JobRecord {
  async function run(
    script: keyof typeof scripts,
    args: readonly string[],
    ...moreKeys: string[]
  ): Promise<unknown> {
    const keys = [jobKey, `${jobKey}:lock`, ...moreKeys];
    const reply = await client.eval(scripts[script], keys.length, ...keys, token, ...args);
    if (reply === -1) throw new Fault('unavailable', 'The bag was lost to another worker.', { jobKey });
    return reply;
  }

  async function set(fields: Iterable<readonly [string, string]>): Promise<void> {
    await run('set', [...fields].flat());
  }

  return {
    read: async () => readHistory(await run('read', [])),
    countStart: async () => void (await run('count', ['1'])),
    uncountStart: async () => void (await run('count', ['-1'])),
    mark: (marks) => set(marks.entries().flatMap(([index, mark]) => fieldsOf(index, mark))),
    park: async (index, { key, id, text }) => void (await run('park', [id, text, markField(index)], key)),
    noteDerived: ({ bagId, postedKey, sources, isFinal }) =>
      set([[`ph:derived:${bagId}`, JSON.stringify({ k: postedKey, s: sources, f: isFinal })]]),
  };
}

function markField(index: number): string {
  return `ph:item:${index}`;
}

/**
 * A wait is a time like that of a retry and a field beside it. A release that does not know the field passes over it and
 * counts an attempt too many, which is all.
 */
function fieldsOf(index: number, mark: Mark): (readonly [string, string])[] {
  if (mark === 'done') return [[markField(index), mark]];
  const { atMs, waitMs } = mark;
  const due = [markField(index), String(atMs)] as const;
  return waitMs === undefined ? [due] : [due, [`ph:wait:${index}`, String(waitMs)]];
}

function readHistory(reply: unknown): JobHistory {
  const texts = z.array(z.string()).parse(reply);
  const marks = new Map<number, Mark>();
  const waitsMs = new Map<number, number>();
  const derived: DerivedNote[] = [];
  let crashes = 0;
  for (let at = 0; at < texts.length; at += 2) {
    const [kind, rest = ''] = (texts[at] ?? '').split(':');
    const text = texts[at + 1] ?? '';
    if (kind === 'starts') crashes = Number(text);
    if (kind === 'item') marks.set(Number(rest), text === 'done' ? 'done' : { atMs: Number(text) });
    if (kind === 'wait') waitsMs.set(Number(rest), Number(text));
    if (kind === 'derived') derived.push({ bagId: rest, ...DerivedText.parse(JSON.parse(text)) });
  }
  for (const [index, waitMs] of waitsMs) {
    const mark = marks.get(index);
    if (mark !== undefined && mark !== 'done') marks.set(index, { ...mark, waitMs });
  }
  return { crashes, marks, derived };
}
