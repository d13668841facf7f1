import type { AccountId, EmailId, Event } from '@posthorn/contracts';

/**
 * What is counted, by name. HubSpot's names where it has one; `selected` is `sent` + `dropped`, added when read.
 *
 * `processed` to `softbounced` count the To recipient's delivery; `copy…` those of Cc and Bcc. `unique…` counts sends,
 * not hits: the first by a person. A reason or category is counted under `<name>/<REASON>`.
 */
export type CounterName =
  | 'sent'
  | 'dropped'
  | 'processed'
  | 'delivered'
  | 'deferred'
  | 'bounce'
  | 'hardbounced'
  | 'softbounced'
  | 'unknown'
  | 'copyProcessed'
  | 'copyDelivered'
  | 'copyDeferred'
  | 'copyBounce'
  | 'copyUnknown'
  | 'open'
  | 'machineOpen'
  | 'uniqueOpen'
  | 'click'
  | 'machineClick'
  | 'uniqueClick'
  | `dropped/${string}`
  | `bounce/${string}`;

export type Counts = Partial<Record<CounterName, number>>;

/** One hour of one email. Hours are UTC; `hourStartMs` is the first millisecond. */
export type Cell = Readonly<{ accountId: AccountId; emailId: EmailId; hourStartMs: number }>;

export type CellCounts = Cell & Readonly<{ counts: Counts }>;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** What a set of distinct events adds to which cells. `firstHits` holds the ids of the events that are unique hits. */
export function countCells(events: readonly Event[], firstHits: ReadonlySet<string>): CellCounts[] {
  const cells = new Map<string, CellCounts>();
  for (const event of events) {
    const cell = cellOf(event);
    const { counts } = mapOnce(cells, cellIdOf(cell), () => emptyCell(cell));
    for (const name of countersOf(event, firstHits.has(event.id))) counts[name] = (counts[name] ?? 0) + 1;
  }
  return [...cells.values()];
}

function emptyCell(cell: Cell): CellCounts {
  return { ...cell, counts: {} };
}

/** The hour cell that an event is counted in. */
export function cellOf({ accountId, emailId, atMs }: Event): Cell {
  return { accountId, emailId, hourStartMs: atMs - (atMs % hourMs) };
}

export function cellIdOf({ accountId, emailId, hourStartMs }: Cell): string {
  return `${accountId}:${emailId}:${hourStartMs}`;
}

/** Adds `more` to `counts`, in place. */
export function addCounts(counts: Counts, more: Counts): void {
  for (const [name, count] of countEntries(more)) counts[name] = (counts[name] ?? 0) + count;
}

/** The counts as pairs, typed by name. */
export function countEntries(counts: Counts): [CounterName, number][] {
  // Object.entries widens keys to string; every key of Counts is a CounterName.
  return Object.entries(counts) as [CounterName, number][];
}

function countersOf(event: Event, isFirst: boolean): CounterName[] {
  switch (event.type) {
    case 'SENT':
      return ['sent'];
    case 'DROPPED':
      return ['dropped', `dropped/${event.dropReason}`];
    case 'PROCESSED':
      return [isToDelivery(event) ? 'processed' : 'copyProcessed'];
    case 'DELIVERED':
      return [isToDelivery(event) ? 'delivered' : 'copyDelivered'];
    case 'DEFERRED':
      return [isToDelivery(event) ? 'deferred' : 'copyDeferred'];
    case 'UNKNOWN':
      return [isToDelivery(event) ? 'unknown' : 'copyUnknown'];
    case 'BOUNCE':
      if (!isToDelivery(event)) return ['copyBounce'];
      return ['bounce', event.hard ? 'hardbounced' : 'softbounced', `bounce/${event.category}`];
    case 'OPEN':
      if (event.verdict.machine) return ['machineOpen'];
      return isFirst ? ['open', 'uniqueOpen'] : ['open'];
    case 'CLICK':
      if (event.verdict.machine) return ['machineClick'];
      return isFirst ? ['click', 'uniqueClick'] : ['click'];
  }
}

function isToDelivery({ deliveryId }: { deliveryId: string }): boolean {
  return deliveryId.endsWith(':0');
}

function mapOnce<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
