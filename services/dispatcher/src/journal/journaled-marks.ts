import type { DeliveryMark, DeliveryMarks } from '../delivery-mark.ts';
import type { OutcomeJournal } from './outcome-journal.ts';

/**
 * Marks whose ends are in the journal before they are on their way to Redis, where the delivery was being committed: from
 * then on a crash leaves it decided. A repeated write is noted once.
 */
export function createJournaledMarks(
  marks: DeliveryMarks,
  { journal, lane }: { journal: OutcomeJournal; lane: string },
): DeliveryMarks {
  const committing = new Set<string>();
  /** What to call when Redis has the end of a delivery. */
  const noted = new Map<string, () => void>();

  function noteEnd(
    deliveryId: string,
    mark: Extract<DeliveryMark, { state: 'ended' }>,
    expiresAtMs: number,
  ): void {
    if (!committing.delete(deliveryId)) return;
    const { ambiguousCount, event } = mark;
    noted.set(deliveryId, journal.note({ lane, deliveryId, ambiguousCount, event, expiresAtMs }));
  }

  return {
    read: (deliveryIds) => marks.read(deliveryIds),
    async write(deliveryId, mark, expiresAtMs) {
      if (mark.state === 'committing') committing.add(deliveryId);
      else noteEnd(deliveryId, mark, expiresAtMs);
      await marks.write(deliveryId, mark, expiresAtMs);
      if (mark.state === 'committing') return;
      noted.get(deliveryId)?.();
      noted.delete(deliveryId);
    },
    async clear(deliveryIds) {
      for (const deliveryId of deliveryIds) committing.delete(deliveryId);
      await marks.clear(deliveryIds);
    },
  };
}
