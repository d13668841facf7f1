import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Clock } from '@posthorn/runtime';
import type { LogEntry, MailLog, Place } from './mail-log.ts';
import { peekMail } from './mail-peek.ts';
import { createMemoryLog } from './memory-log.ts';
import { openSegmentLog } from './segment-log.ts';
import { type MailPeek, type StoredMail, scanListedHeaders } from './stored-mail.ts';

/** One message as SMTP gave it: the envelope and the exact bytes. */
export type ReceivedMail = Readonly<{ mailFrom: string; rcptTo: readonly string[]; raw: Buffer }>;

export type MailStoreOptions = {
  /** The folder it is kept in; null keeps it in memory only. */
  home: string | null;
  /** Messages kept; past it the oldest are dropped. */
  messagesMax: number;
  clock: Clock;
};

/** The messages of the mailbox: an index in memory over a log on disk. */
export type MailStore = AsyncDisposable & {
  /** Stores a message and returns its id. Resolves when it is durable; rejects when it could not be stored. */
  add: (mail: ReceivedMail) => Promise<string>;
  /** The message with this id; `latest` is the newest one. */
  find: (id: string) => StoredMail | null;
  /** Messages, newest first, `limit` of them after the first `start`. Those added while it is read are not seen. */
  newestFirst: (start?: number, limit?: number) => Iterable<StoredMail>;
  /** The exact bytes received. */
  raw: (mail: StoredMail) => Promise<Buffer>;
  /** What a list shows of the body. */
  peek: (mail: StoredMail) => Promise<MailPeek>;
  /** Deletes these messages; ids it does not know are ignored. */
  remove: (ids: readonly string[]) => Promise<void>;
  /** Deletes all messages there are now and frees their space. */
  clear: () => Promise<void>;
  /** Marks messages as read or unread. */
  setRead: (ids: readonly string[], isRead: boolean) => Promise<void>;
  counts: () => {
    total: number;
    unread: number;
    addedSinceStart: number;
    addedBytesSinceStart: number;
    deletedSinceStart: number;
  };
  log: Pick<MailLog, 'sizeBytes' | 'where'>;
  /** Emits `change` after messages came, went or were read. */
  changes: EventEmitter<{ change: [] }>;
};

/** Opens the mailbox's store, with all that was durable before. */
export async function openMailStore({ home, messagesMax, clock }: MailStoreOptions): Promise<MailStore> {
  const index = createIndex(messagesMax);
  const log = home === null ? createMemoryLog() : await openSegmentLog(home, index.apply);
  const changes = new EventEmitter<{ change: [] }>();
  let addedSinceStart = 0;
  let addedBytesSinceStart = 0;
  let deletedSinceStart = 0;

  async function record(entry: LogEntry, body?: Buffer): Promise<void> {
    const place = await log.append(entry, body);
    index.apply(entry, body ?? Buffer.alloc(0), place);
    changes.emit('change');
    await log.dropBefore(index.oldestSegment() ?? place.segment);
  }

  return {
    async add({ mailFrom, rcptTo, raw }) {
      const id = newId();
      await record({ kind: 'message', id, atMs: clock.nowMs(), mailFrom, rcptTo: [...rcptTo] }, raw);
      addedSinceStart++;
      addedBytesSinceStart += raw.length;
      return id;
    },
    find: index.find,
    newestFirst: index.newestFirst,
    raw: (mail) => log.read(mail.place),
    async peek(mail) {
      mail.peek ??= peekMail(await log.read(mail.place));
      return mail.peek;
    },
    async remove(ids) {
      const known = ids.filter((id) => index.has(id));
      if (known.length === 0) return;
      deletedSinceStart += known.length;
      await record({ kind: 'deleted', ids: known });
    },
    async clear() {
      deletedSinceStart += index.counts().total;
      log.rotate();
      await record({ kind: 'cleared' });
    },
    async setRead(ids, isRead) {
      const changed = ids.filter((id) => index.find(id)?.isRead === !isRead);
      if (changed.length > 0) await record({ kind: 'read', ids: changed, isRead });
    },
    counts: () => ({ ...index.counts(), addedSinceStart, addedBytesSinceStart, deletedSinceStart }),
    log,
    changes,
    async [Symbol.asyncDispose]() {
      changes.removeAllListeners();
      await log[Symbol.asyncDispose]();
    },
  };
}

/** The index: what the records of the log, applied in order, amount to. */
function createIndex(messagesMax: number) {
  const byId = new Map<string, StoredMail>();
  /** Oldest first. What stands before `head`, or is no longer in `byId`, is gone and swept now and then. */
  let order: StoredMail[] = [];
  let head = 0;
  let unread = 0;

  function forget(mail: StoredMail): void {
    if (byId.delete(mail.id) && !mail.isRead) unread--;
  }

  /** Moves `head` to the oldest message that is left, and frees what is behind it. */
  function advance(): void {
    for (let first = order[head]; first && byId.get(first.id) !== first; first = order[head]) head++;
    if (head < 1_000 || head < order.length / 2) return;
    order = order.slice(head);
    head = 0;
  }

  function insert(mail: StoredMail): void {
    byId.set(mail.id, mail);
    order.push(mail);
    unread++;
    const oldest = order[head];
    if (byId.size > messagesMax && oldest) forget(oldest);
  }

  function mark(ids: readonly string[], isRead: boolean): void {
    for (const mail of ids.map((id) => byId.get(id))) {
      if (!mail || mail.isRead === isRead) continue;
      mail.isRead = isRead;
      unread += isRead ? -1 : 1;
    }
  }

  function apply(entry: LogEntry, raw: Buffer, place: Place): void {
    if (entry.kind === 'message') insert(toStoredMail(entry, raw, place));
    else if (entry.kind === 'read') mark(entry.ids, entry.isRead);
    else for (const id of entry.kind === 'deleted' ? entry.ids : [...byId.keys()]) forgetId(id);
    advance();
  }

  function forgetId(id: string): void {
    const mail = byId.get(id);
    if (mail) forget(mail);
  }

  function* newestFirst(start = 0, limit = Number.POSITIVE_INFINITY): Generator<StoredMail> {
    // Sweeping replaces `order`, so what is read here stays as it was.
    const seen = order;
    let position = 0;
    for (let at = seen.length - 1; at >= 0 && position < start + limit; at--) {
      const mail = seen[at];
      if (mail && byId.get(mail.id) === mail && position++ >= start) yield mail;
    }
  }

  return {
    apply,
    newestFirst,
    has: (id: string) => byId.has(id),
    find: (id: string) => (id === 'latest' ? (newestFirst().next().value ?? null) : (byId.get(id) ?? null)),
    oldestSegment: () => order[head]?.place.segment,
    counts: () => ({ total: byId.size, unread }),
  };
}

function toStoredMail(
  { id, atMs, mailFrom, rcptTo }: Extract<LogEntry, { kind: 'message' }>,
  raw: Buffer,
  place: Place,
): StoredMail {
  const headers = scanListedHeaders(raw);
  return { id, receivedAtMs: atMs, mailFrom, rcptTo, headers, place, isRead: false, peek: null };
}

/** 22 hexadecimal digits: as long as Mailpit's ids, at least 80 random bits, safe in a URL and easy to select. */
function newId(): string {
  // randomUUID draws its entropy in large pieces; randomBytes would cost a system call for each message.
  return randomUUID().replaceAll('-', '').slice(0, 22);
}
