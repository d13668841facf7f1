import type { Logger } from '@posthorn/runtime';

/** The stored blobs, as far as the sweep uses them. */
export type SweptBlobs = Readonly<{
  listOlder: (query: { beforeMs: number; after?: string; limit: number }) => Promise<string[]>;
  delete: (id: string) => Promise<void>;
}>;

export type SweepDeps = Readonly<{
  blobs: SweptBlobs;
  /** The blobs that bags name; null where that is not known. */
  findReferences: () => Promise<ReadonlySet<string> | null>;
  log: Logger;
}>;

/** A blob is put before the bag that names it, within seconds. */
const ageMsMin = 24 * 60 * 60_000;
const pageSize = 1_000;
/** Only the queue's own; those that other parts keep have names that say what they are. */
const queueBlobId = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Makes the sweep of blobs that no bag names: their process ended between the blob and its bag, or between the bag's end
 * and the blob's. Returns how many were deleted.
 *
 * Never one that is still waited for: a blob goes when it is a day old and no bag of any lane named it in this look nor
 * in the one before, so that a bag which was just being made from another cannot hide it twice.
 */
export function createSweepBlobs({
  blobs,
  findReferences,
  log,
}: SweepDeps): (nowMs: number) => Promise<number> {
  let unnamedBefore: ReadonlySet<string> = new Set();

  async function listOld(nowMs: number): Promise<string[]> {
    const old: string[] = [];
    let page: string[] = [];
    do {
      const after = page.at(-1);
      page = await blobs.listOlder({
        ...{ beforeMs: nowMs - ageMsMin, limit: pageSize },
        ...(after !== undefined && { after }),
      });
      old.push(...page.filter((id) => queueBlobId.test(id)));
    } while (page.length === pageSize);
    return old;
  }

  return async (nowMs) => {
    const old = await listOld(nowMs);
    // The bags are only looked at where there is something to decide.
    const named = old.length > 0 ? await findReferences() : new Set<string>();
    if (!named) {
      unnamedBefore = new Set();
      return 0;
    }
    const unnamed = old.filter((id) => !named.has(id));
    const gone = unnamed.filter((id) => unnamedBefore.has(id));
    for (const id of gone) await blobs.delete(id);
    unnamedBefore = new Set(unnamed.filter((id) => !gone.includes(id)));
    if (gone.length > 0) log.info({ count: gone.length }, 'blobs without a bag swept');
    return gone.length;
  };
}
