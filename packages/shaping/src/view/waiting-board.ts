import type { Clock } from '@posthorn/runtime';
import { z } from 'zod';
import { createScript, type ShapingRedis } from '../run-script.ts';

/** Whoever still waits after this says so again, in milliseconds: delays are five minutes at most, and queues may lag. */
const noteMs = 15 * 60_000;

/** Why a delivery waits, as it was last said. */
export const Noted = z.object({
  rule: z.string(),
  text: z.string(),
  /** Unix time in milliseconds until which it is expected to wait. */
  untilMs: z.number(),
  ip: z.string().optional(),
  site: z.string().optional(),
  /** Absent where it is said of all deliveries of the send. */
  deliveryId: z.string().optional(),
  notedAtMs: z.number(),
});
export type Noted = Readonly<z.infer<typeof Noted>>;

export type WaitingBoard = Readonly<{
  /** Says why a delivery of a send waits. Returns at once; what Redis does not take is not shown. */
  note: (statusId: string, wait: Omit<Noted, 'notedAtMs'>) => void;
  /** What was last said of each delivery; undefined where nothing was. Rejects with an `unavailable` Fault. */
  read: (statusId: string) => Promise<readonly Noted[] | undefined>;
}>;

/** KEYS: the send's notes. ARGV: for how long, delivery, note. */
const noteScript = `
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 0
`;

const readScript = `return redis.call('HVALS', KEYS[1])`;

/** Where it can be read why a send waits. Notes go by themselves, so they may outlast the waiting by some minutes. */
export function createWaitingBoard({ redis, clock }: { redis: ShapingRedis; clock: Clock }): WaitingBoard {
  const write = createScript(redis, noteScript);
  const readAll = createScript(redis, readScript);
  const keyOf = (statusId: string) => `ph:waiting:${statusId}`;

  return {
    note(statusId, { rule, text, untilMs, ip, site, deliveryId }) {
      const noted: Noted = { rule, text, untilMs, notedAtMs: clock.nowMs(), ip, site, deliveryId };
      const args = [noteMs, deliveryId ?? '', JSON.stringify(noted)];
      write([keyOf(statusId)], args).catch(() => undefined);
    },
    async read(statusId) {
      const values = z.array(z.string()).parse(await readAll([keyOf(statusId)], []));
      const notes = values.flatMap((value) => Noted.safeParse(JSON.parse(value)).data ?? []);
      const inOrder = notes.toSorted((a, b) => ((a.deliveryId ?? '') < (b.deliveryId ?? '') ? -1 : 1));
      return notes.length === 0 ? undefined : inOrder;
    },
  };
}
