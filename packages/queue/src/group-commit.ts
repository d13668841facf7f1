import { bagBytesMax, bagItemsMax } from './bag.ts';

export type Waiting<T> = Readonly<{
  value: T;
  sizeBytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}>;

export type GroupCommit<T> = Readonly<{
  /** Resolves when the group that holds `value` was committed; rejects with what its commit threw. */
  add: (value: T, sizeBytes: number) => Promise<void>;
  /** Resolves when nothing is open or under way. */
  drained: () => Promise<void>;
}>;

type Group<T> = { openedAtMs: number; sizeBytes: number; members: Waiting<T>[] };

/**
 * Gathers values into groups and commits each group as a whole.
 *
 * A group closes as soon as the one before it is committed, or when it is full. So a lone caller's group leaves at
 * once, and under load groups fill up by themselves: no timer, no added latency. Full groups do not wait for one
 * another, up to `inFlightMax`. Values added in one turn of the event loop share a group.
 */
export function createGroupCommit<T>(
  commit: (values: readonly T[], group: { openedAtMs: number }) => Promise<void>,
  { inFlightMax }: { inFlightMax: number },
): GroupCommit<T> {
  let open = newGroup<T>();
  const full: Group<T>[] = [];
  let inFlight = 0;
  let isScheduled = false;
  let idle = Promise.withResolvers<void>();

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      launch();
    });
  }

  function launch(): void {
    while (inFlight < inFlightMax && full.length > 0) send(full.shift());
    if (inFlight === 0 && open.members.length > 0) send(takeOpen());
    if (inFlight === 0) idle.resolve();
  }

  function takeOpen(): Group<T> {
    const group = open;
    open = newGroup();
    return group;
  }

  function send(group: Group<T> | undefined): void {
    if (!group) return;
    inFlight += 1;
    commit(
      group.members.map(({ value }) => value),
      group,
    )
      .then(
        () => {
          for (const { resolve } of group.members) resolve();
        },
        (error: unknown) => {
          for (const { reject } of group.members) reject(error);
        },
      )
      .finally(() => {
        inFlight -= 1;
        launch();
      });
  }

  function add(value: T, sizeBytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (open.members.length > 0 && open.sizeBytes + sizeBytes > bagBytesMax) full.push(takeOpen());
    if (open.members.length === 0) open.openedAtMs = performance.now();
    open.members.push({ value, sizeBytes, resolve, reject });
    open.sizeBytes += sizeBytes;
    if (open.members.length >= bagItemsMax) full.push(takeOpen());
    schedule();
    return promise;
  }

  function drained(): Promise<void> {
    idle = Promise.withResolvers<void>();
    schedule();
    return idle.promise;
  }

  return { add, drained };
}

function newGroup<T>(): Group<T> {
  return { openedAtMs: 0, sizeBytes: 0, members: [] };
}
