import type { AccountId, EmailId, EventType, StatusId } from '@posthorn/contracts';

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
  | 'spamreport'
  | 'unsubscribed'
  | 'copySpamreport'
  | 'copyUnsubscribed'
  | `return/${string}`
  | `dropped/${string}`
  | `bounce/${string}`;

export type Counts = Partial<Record<CounterName, number>>;

/** What counting reads of an event. */
export type CountableEvent = Readonly<{
  id: string;
  accountId: AccountId;
  emailId: EmailId;
  statusId: StatusId;
  type: EventType;
  atMs: number;
  deliveryId?: string;
  verdict?: Readonly<{ machine: boolean }>;
  dropReason?: string;
  category?: string | undefined;
  hard?: boolean;
  outcome?: string;
  portalSubscriptionStatus?: string;
}>;

/** One hour of one email. Hours are UTC; `hourStartMs` is the first millisecond. */
export type Cell = Readonly<{ accountId: AccountId; emailId: EmailId; hourStartMs: number }>;

export type CellCounts = Cell & Readonly<{ counts: Counts }>;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** What a set of distinct events adds to which cells. `firstHits` holds the ids of the events that are unique hits. */
export function countCells(events: readonly CountableEvent[], firstHits: ReadonlySet<string>): CellCounts[] {
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
export function cellOf({ accountId, emailId, atMs }: CountableEvent): Cell {
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

function countersOf(event: CountableEvent, isFirst: boolean): CounterName[] {
  switch (event.type) {
    case 'SENT':
      return ['sent'];
    case 'DROPPED':
      return ['dropped', `dropped/${event.dropReason}`];
    case 'OPEN':
      if (event.verdict?.machine) return ['machineOpen'];
      return isFirst ? ['open', 'uniqueOpen'] : ['open'];
    case 'CLICK':
      if (event.verdict?.machine) return ['machineClick'];
      return isFirst ? ['click', 'uniqueClick'] : ['click'];
    case 'RETURN':
      return [`return/${event.outcome}`];
    case 'STATUSCHANGE':
      if (event.portalSubscriptionStatus !== 'UNSUBSCRIBED') return [];
      return [isTo(event) ? 'unsubscribed' : 'copyUnsubscribed'];
    case 'SPAMREPORT':
      return [isTo(event) ? 'spamreport' : 'copySpamreport'];
    default:
      return isTo(event) ? toCountersOf(event.type, event) : [copyCounters[event.type]];
  }
}

function isTo({ deliveryId }: CountableEvent): boolean {
  return deliveryId?.endsWith(':0') ?? false;
}

type DeliveryEventType = keyof typeof copyCounters;

/** Counters of the To recipient's delivery. */
function toCountersOf(type: DeliveryEventType, { hard, category }: CountableEvent): CounterName[] {
  if (type === 'BOUNCE') return ['bounce', hard ? 'hardbounced' : 'softbounced', `bounce/${category}`];
  return [toCounters[type]];
}

const toCounters = {
  PROCESSED: 'processed',
  DELIVERED: 'delivered',
  DEFERRED: 'deferred',
  UNKNOWN: 'unknown',
} as const;

const copyCounters = {
  PROCESSED: 'copyProcessed',
  DELIVERED: 'copyDelivered',
  DEFERRED: 'copyDeferred',
  BOUNCE: 'copyBounce',
  UNKNOWN: 'copyUnknown',
} as const;

function mapOnce<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
