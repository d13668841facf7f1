import { type Connection, type Model, Schema } from 'mongoose';
import type { CountableEvent } from './counter-cells.ts';
import { rawCollection } from './raw-collection.ts';
import { writeRefusalsOf } from './write-refusals.ts';

export type FirstHitDoc = {
  /** `<statusId>:OPEN` or `<statusId>:CLICK` */
  _id: string;
  accountId: number;
  eventId: string;
};

const firstHitSchema = new Schema<FirstHitDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    eventId: { type: String, required: true },
  },
  { strict: 'throw', versionKey: false },
);

/**
 * Which open and which click of a send was the first by a person to be counted: what unique counts count.
 *
 * A marker's `_id` is deterministic and its event never changes: exactly one event wins it, whatever crashes or runs
 * twice.
 */
export function firstHitModelOf(connection: Connection): Model<FirstHitDoc> {
  return connection.model<FirstHitDoc>('FirstHit', firstHitSchema, 'firstHits');
}

/** The ids of those events that are the first of their send; claims those that nobody won yet. Always the same answer. */
export async function claimFirstHits(
  model: Model<FirstHitDoc>,
  events: readonly CountableEvent[],
): Promise<Set<string>> {
  const markers = markersOf(events);
  if (markers.length === 0) return new Set();
  const refused = await insertMarkers(model, markers);
  const owners = refused.length ? await ownersOf(model, refused) : [];
  const isRefused = new Set(refused.map(({ _id }) => _id));
  const won = markers.filter(({ _id }) => !isRefused.has(_id));
  return new Set([...won, ...owners].map(({ eventId }) => eventId));
}

/** What `claimFirstHits` would answer now, without claiming anything. */
export async function peekFirstHits(
  model: Model<FirstHitDoc>,
  events: readonly CountableEvent[],
): Promise<Set<string>> {
  const markers = markersOf(events);
  if (markers.length === 0) return new Set();
  const owners = await ownersOf(model, markers);
  const isOwned = new Set(owners.map(({ _id }) => _id));
  return new Set(
    [...markers.filter(({ _id }) => !isOwned.has(_id)), ...owners].map(({ eventId }) => eventId),
  );
}

/** The markers that others hold already. */
async function insertMarkers(model: Model<FirstHitDoc>, markers: FirstHitDoc[]): Promise<FirstHitDoc[]> {
  try {
    await rawCollection(model).insertMany(markers, { ordered: false });
    return [];
  } catch (error) {
    const refusals = writeRefusalsOf(error);
    if (refusals.some(({ isDuplicate }) => !isDuplicate)) throw error;
    return refusals.flatMap(({ index }) => markers[index] ?? []);
  }
}

async function ownersOf(model: Model<FirstHitDoc>, markers: readonly FirstHitDoc[]): Promise<FirstHitDoc[]> {
  const ids = markers.map(({ _id }) => _id);
  return model
    .find({ _id: { $in: ids } })
    .lean<FirstHitDoc[]>()
    .exec();
}

/** One marker a send and kind: of several hits the earliest, and of those at one moment the one with the least id. */
function markersOf(events: readonly CountableEvent[]): FirstHitDoc[] {
  const hits = events.filter(isPersonsHit).sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  const markers = new Map<string, FirstHitDoc>();
  for (const { statusId, type, accountId, id } of hits) {
    const _id = `${statusId}:${type}`;
    if (!markers.has(_id)) markers.set(_id, { _id, accountId, eventId: id });
  }
  return [...markers.values()];
}

function isPersonsHit({ type, verdict }: CountableEvent): boolean {
  return (type === 'OPEN' || type === 'CLICK') && verdict?.machine === false;
}
