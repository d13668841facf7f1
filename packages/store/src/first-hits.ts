import type { Event, EventOf } from '@posthorn/contracts';
import { type Connection, type Model, Schema } from 'mongoose';
import { writeRefusalsOf } from './duplicate-key.ts';
import type { Guard } from './guard.ts';
import { rawCollection } from './raw-collection.ts';

type FirstHitDoc = {
  /** `<statusId>:open` or `<statusId>:click` */
  _id: string;
  accountId: number;
  /** The bag that came first, and the event in it: how a re-run of that bag knows its own. */
  bag: string;
  eventId: string;
};

const firstHitSchema = new Schema<FirstHitDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    bag: { type: String, required: true },
    eventId: { type: String, required: true },
  },
  { strict: 'throw', versionKey: false },
);

/**
 * Which open and which click of a send was the first by a person to be recorded: what unique counts count.
 *
 * A marker's `_id` is deterministic, so exactly one event can win it, whatever crashes or runs twice.
 */
export class FirstHitRepository {
  readonly #model: Model<FirstHitDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<FirstHitDoc>('FirstHit', firstHitSchema, 'firstHits');
    this.#guard = guard;
  }

  /** The ids of those events of the bag that are the first of their send. The same on every run of the bag. */
  async claim(bagId: string, events: readonly Event[]): Promise<Set<string>> {
    const markers = markersOf(bagId, events);
    if (markers.length === 0) return new Set();
    return this.#guard('firstHits.claim', async () => {
      const refused = await this.#insert(markers);
      const taken = refused.size
        ? await this.#ownersOf(markers.filter((_, index) => refused.has(index)))
        : [];
      const won = markers.filter((_, index) => !refused.has(index));
      return new Set([...won, ...taken.filter(({ bag }) => bag === bagId)].map(({ eventId }) => eventId));
    });
  }

  async #insert(markers: FirstHitDoc[]): Promise<Set<number>> {
    try {
      await rawCollection(this.#model).insertMany(markers, { ordered: false });
      return new Set();
    } catch (error) {
      const refusals = writeRefusalsOf(error);
      if (refusals.some(({ isDuplicate }) => !isDuplicate)) throw error;
      return new Set(refusals.map(({ index }) => index));
    }
  }

  async #ownersOf(markers: readonly FirstHitDoc[]): Promise<FirstHitDoc[]> {
    return this.#model
      .find({ _id: { $in: markers.map(({ _id }) => _id) } })
      .lean<FirstHitDoc[]>()
      .exec();
  }
}

/** One marker a send and kind: of several hits in one bag the first in it. */
function markersOf(bag: string, events: readonly Event[]): FirstHitDoc[] {
  const markers = new Map<string, FirstHitDoc>();
  for (const event of events.filter(isPersonsHit)) {
    const _id = `${event.statusId}:${event.type === 'OPEN' ? 'open' : 'click'}`;
    if (!markers.has(_id)) markers.set(_id, { _id, accountId: event.accountId, bag, eventId: event.id });
  }
  return [...markers.values()];
}

function isPersonsHit(event: Event): event is EventOf<'OPEN' | 'CLICK'> {
  return (event.type === 'OPEN' || event.type === 'CLICK') && !event.verdict.machine;
}
