import type { ReturnItem } from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';
import type { BlobStore } from '@posthorn/store';

export type KeepForPostmaster = (item: ReturnItem) => Promise<'kept' | 'full'>;

const prefix = 'postmaster:';
const keptMsMax = 30 * 24 * 60 * 60_000;
/** With 192 KiB each, less than 100 MiB: anyone may write to the postmaster. */
const keptMax = 500;
/** Clocks of the machines that keep mail differ. */
const clockErrorMs = 3_600_000;

/**
 * Makes what keeps mail for the postmaster, as blobs `postmaster:<id>`, for 30 days and at most 500 messages: what comes
 * then is counted only. The same item again changes nothing. Throws `unavailable` while MongoDB is away.
 */
export function createKeepForPostmaster({
  blobs,
  clock,
}: {
  blobs: Pick<BlobStore, 'put' | 'delete' | 'listOlder'>;
  clock: Clock;
}): KeepForPostmaster {
  /** Names of those that were kept before. What comes behind ours in the order of ids has other names. */
  async function listKept(beforeMs: number): Promise<string[]> {
    const ids = await blobs.listOlder({ beforeMs, after: prefix, limit: keptMax });
    return ids.filter((id) => id.startsWith(prefix));
  }

  return async (item) => {
    const id = prefix + item.id;
    for (const old of await listKept(clock.nowMs() - keptMsMax)) await blobs.delete(old);
    const kept = await listKept(clock.nowMs() + clockErrorMs);
    if (kept.length >= keptMax && !kept.includes(id)) return 'full';
    await blobs.put(id, Buffer.from(item.raw, 'latin1'));
    return 'kept';
  };
}
