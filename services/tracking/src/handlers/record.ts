import type { AccountId, ContactWrite, Event, EventsItem } from '@posthorn/contracts';
import { type BagHandler, done, park, type Taken, type Verdict, waitFor } from '@posthorn/queue';
import { type Clock, isFault, type Logger, recordSpan } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';
import { timeClicks } from './time-clicks.ts';

export type RecordDeps = Readonly<{
  contacts: Pick<Store['contacts'], 'upsertMany'>;
  events: Pick<Store['events'], 'append'>;
  conversations: Pick<Store['conversations'], 'keep'>;
  sends: Pick<Store['sends'], 'apply' | 'findDelivered'>;
  suppressions: Pick<Store['suppressions'], 'apply'>;
  /** Told which accounts have events to count. */
  onRecorded: (accountIds: Iterable<AccountId>) => void;
  /** How long what was said in an attempt is kept; 0 keeps nothing. */
  conversationsKeptMs: number;
  clock: Clock;
  log: Logger;
}>;

/** Pause before a click whose delivery is not recorded yet is looked at again. */
const clickRestMs = 3_000;

/** Why one item can never be recorded, by its id. */
type Refusals = Map<string, string>;

/**
 * Writes what happened to MongoDB, a bag at a time: contacts, events, the sends they belong to, and the addresses that
 * bounced or complained; beside them, in one document, what was said in its attempts. Counting follows by itself, from the mark that each event carries until it is counted.
 *
 * Seen twice: events keep their ids, sends and contacts are built from updates that commute, so nothing changes, in
 * any order and in any bag. While MongoDB is away the bag is tried again for ever. What MongoDB refuses for good is
 * parked alone.
 */
export function createRecord(deps: RecordDeps): BagHandler<EventsItem> {
  return async function record(items, { bagId }) {
    const { ready, waiting } = await timeClicks(items, deps);
    const [refusals] = await Promise.all([
      recordBag(deps, ready, bagId),
      keepConversations(deps, ready, bagId),
    ]);
    if (refusals.size > 0) deps.log.error({ items: refusals.size }, 'mongodb refuses to take items');
    const rest = waitFor(clickRestMs, 'the delivery of the mail is not recorded yet');
    return new Map<string, Verdict>([
      ...ready.map(({ id }): [string, Verdict] => [id, verdictOf(refusals.get(id))]),
      ...waiting.map((id): [string, Verdict] => [id, rest]),
    ]);
  };
}

/**
 * Keeps what was said in the bag's attempts. Only MongoDB's absence is thrown, so that the bag goes round again: what it
 * refuses for good is lost, since no event should be parked for its conversation.
 */
async function keepConversations(
  { conversations, conversationsKeptMs, clock, log }: RecordDeps,
  items: readonly Taken<EventsItem>[],
  bagId: string,
): Promise<void> {
  if (conversationsKeptMs === 0) return;
  const events = items.map(({ item }) => item).filter(isEvent);
  try {
    await conversations.keep(bagId, events, clock.nowMs() + conversationsKeptMs);
  } catch (error) {
    if (isFault(error, 'unavailable')) throw error;
    log.error({ err: error, bagId }, 'conversations cannot be kept');
  }
}

/** The whole bag at once; if that fails for another reason than MongoDB's absence, item by item to find the culprit. */
async function recordBag(
  deps: RecordDeps,
  items: readonly Taken<EventsItem>[],
  bagId: string,
): Promise<Refusals> {
  try {
    return await recordItems(
      deps,
      items.map(({ item }) => item),
      bagId,
    );
  } catch (error) {
    if (isFault(error, 'unavailable')) throw error;
    if (items.length === 1) return new Map(items.map(({ id }) => [id, nameOf(error)]));
  }
  const refusals: Refusals = new Map();
  for (const item of items) {
    for (const [id, reason] of await recordBag(deps, [item], bagId)) refusals.set(id, reason);
  }
  return refusals;
}

async function recordItems(deps: RecordDeps, items: readonly EventsItem[], bagId: string): Promise<Refusals> {
  const startMs = deps.clock.nowMs();
  const events = items.filter(isEvent).sort((a, b) => a.atMs - b.atMs);
  await deps.contacts.upsertMany(items.filter(isContactWrite));
  const refused = await deps.events.append(events, deps.conversationsKeptMs > 0 ? bagId : undefined);
  const refusals: Refusals = new Map(refused.map(({ id, reason }) => [id, reason]));
  const recorded = events.filter(({ id }) => !refusals.has(id));
  for (const { id, reason } of await deps.sends.apply(recorded)) refusals.set(id, reason);
  await deps.suppressions.apply(recorded);
  deps.onRecorded(new Set(recorded.map(({ accountId }) => accountId)));
  const times = { startMs, endMs: deps.clock.nowMs() };
  for (const { type, accountId, trace: parent } of recorded) {
    recordSpan(`record ${type}`, { parent, attributes: { accountId } }, times);
  }
  return refusals;
}

function verdictOf(refusal: string | undefined): Verdict {
  return refusal === undefined ? done : park(refusal);
}

function nameOf(error: unknown): string {
  return `it cannot be recorded (${error instanceof Error ? error.name : typeof error})`;
}

function isContactWrite(item: EventsItem): item is ContactWrite {
  return item.type === 'CONTACT';
}

function isEvent(item: EventsItem): item is Event {
  return item.type !== 'CONTACT';
}
