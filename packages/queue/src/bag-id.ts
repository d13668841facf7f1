import { createHash, randomUUID } from 'node:crypto';

/** An id for a new bag. BullMQ refuses ids with a colon and ids of digits only (row B5). */
export function newBagId(): string {
  return `b-${randomUUID()}`;
}

/** The id of a bag made from `bagId`: the same for the same parts, so that posting it again changes nothing (row B7). */
export function deriveBagId(bagId: string, ...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify([bagId, ...parts]));
  return `d-${digest.digest('hex').slice(0, 32)}`;
}
