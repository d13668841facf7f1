import type { PoolName } from '@posthorn/contracts';
import type { PreparedSubmission, SubmittedSend } from './prepare-submission.ts';

/** A message whose sends are to leave: those that nothing refused. */
export type ReadySubmission = Readonly<{
  /** The item's id in its bag. */
  id: string;
  submission: PreparedSubmission;
  /** The sends that leave, of all of the item's. */
  leaving: ReadonlySet<string>;
}>;

/** Some copies of one message. */
export type Share = Readonly<{
  ready: ReadySubmission;
  sends: readonly SubmittedSend[];
  /** With the untracked copy for Cc and Bcc, which belongs to the first send that leaves. */
  hasCopies: boolean;
}>;

/** What is rendered and posted at once. Several messages whole, or a slice of one that is too large to be held whole. */
export type Portion = Readonly<{
  pool: PoolName | undefined;
  shares: readonly Share[];
  /** Set where it is a slice: which one, and whether the message is done with it. */
  slice?: Readonly<{ index: number; isLast: boolean }>;
}>;

/** Renditions of one portion, in bytes and in number: what is in memory at once, and what shares a mailbag. */
const portionBytesMax = 2 * 1024 * 1024;
const portionCopiesMax = 100;

/**
 * Cuts a bag's messages into portions, each of one pool. A message whose copies are more than a portion is cut into slices
 * of its sends as they stand in the item, so that a second run after a crash makes the same ones.
 */
export function portionsOf(messages: readonly ReadySubmission[]): Portion[] {
  const leaving = messages.filter(({ leaving }) => leaving.size > 0);
  return [...Map.groupBy(leaving, ({ submission }) => submission.pool)].flatMap(([pool, own]) =>
    portionsOfPool(pool, own),
  );
}

function portionsOfPool(pool: PoolName | undefined, messages: readonly ReadySubmission[]): Portion[] {
  const portions: Portion[] = [];
  let shares: Share[] = [];
  let room = { bytes: portionBytesMax, copies: portionCopiesMax };
  const close = (): void => {
    if (shares.length > 0) portions.push({ pool, shares });
    shares = [];
    room = { bytes: portionBytesMax, copies: portionCopiesMax };
  };

  for (const ready of messages) {
    const slices = slicesOf(ready);
    const [share] = slices;
    if (slices.length !== 1 || !share) {
      portions.push(...slices.map((slice, index) => sliceOf(pool, slice, index, slices.length)));
      continue;
    }
    const copies = copiesIn(share);
    const bytes = copies * ready.submission.item.raw.length;
    if (copies > room.copies || bytes > room.bytes) close();
    shares.push(share);
    room = { bytes: room.bytes - bytes, copies: room.copies - copies };
  }
  close();
  return portions;
}

function sliceOf(pool: PoolName | undefined, share: Share, index: number, count: number): Portion {
  return { pool, shares: [share], slice: { index, isLast: index === count - 1 } };
}

function slicesOf(ready: ReadySubmission): Share[] {
  const { submission, leaving } = ready;
  const { item, sends } = submission;
  const perSlice = Math.max(1, Math.min(portionCopiesMax, Math.floor(portionBytesMax / item.raw.length)));
  const first = sends.find(({ statusId }) => leaving.has(statusId));
  const slices: Share[] = [];
  for (let start = 0; start < sends.length; start += perSlice) {
    const own = sends.slice(start, start + perSlice).filter(({ statusId }) => leaving.has(statusId));
    const hasCopies = item.copies.length > 0 && first !== undefined && own.includes(first);
    if (own.length > 0) slices.push({ ready, sends: own, hasCopies });
  }
  return slices;
}

function copiesIn({ sends, hasCopies }: Share): number {
  return sends.length + (hasCopies ? 1 : 0);
}
