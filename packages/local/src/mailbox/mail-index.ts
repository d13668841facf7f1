import type { LogEntry, Place } from './mail-log.ts';
import { type StoredMail, scanListedHeaders } from './stored-mail.ts';

/** Fewer dead messages than this are not worth moving the living ones. */
const sweepMin = 1_000;

/**
 * The messages of the mailbox, in memory: what the records of its log, applied in order, amount to.
 *
 * Applying the same records again gives the same index, the cap included, so that nothing needs to be written when
 * the oldest message is dropped.
 */
export class MailIndex {
  readonly #messagesMax: number;
  readonly #byId = new Map<string, StoredMail>();
  /** Oldest first. What stands before `#head`, or is no longer in `#byId`, is gone and swept now and then. */
  #order: StoredMail[] = [];
  #head = 0;
  #unread = 0;

  /** `messagesMax`: messages kept; past it the oldest is dropped. */
  constructor(messagesMax: number) {
    this.#messagesMax = messagesMax;
  }

  /** Applies one record. `raw` is looked at now and not kept. */
  apply(entry: LogEntry, raw: Buffer, place: Place): void {
    switch (entry.kind) {
      case 'message':
        this.#insert(toStoredMail(entry, raw, place));
        break;
      case 'read':
        this.#mark(entry.ids, entry.isRead);
        break;
      case 'deleted':
        for (const id of entry.ids) this.#forget(id);
        break;
      case 'cleared':
        this.#byId.clear();
        this.#unread = 0;
    }
    this.#sweep();
  }

  /** The message with this id; `latest` is the newest one. */
  find(id: string): StoredMail | null {
    if (id !== 'latest') return this.#byId.get(id) ?? null;
    const [newest = null] = this.newestFirst(0, 1);
    return newest;
  }

  /** Messages, newest first, `limit` of them after the first `start`. Those added while it is read are not seen. */
  *newestFirst(start = 0, limit = Number.POSITIVE_INFINITY): Generator<StoredMail> {
    // Sweeping replaces the array, so what is read here stays as it was.
    const order = this.#order;
    let position = 0;
    for (let at = order.length - 1; at >= 0 && position < start + limit; at--) {
      const mail = order[at];
      if (mail && this.#isLive(mail) && position++ >= start) yield mail;
    }
  }

  /** The segment of the oldest message; null when there is none. Older segments hold nothing that is still needed. */
  get oldestSegment(): number | null {
    return this.#order[this.#head]?.place.segment ?? null;
  }

  get total(): number {
    return this.#byId.size;
  }

  get unread(): number {
    return this.#unread;
  }

  #insert(mail: StoredMail): void {
    this.#byId.set(mail.id, mail);
    this.#order.push(mail);
    this.#unread++;
    const oldest = this.#order[this.#head];
    if (this.#byId.size > this.#messagesMax && oldest) this.#forget(oldest.id);
  }

  #mark(ids: readonly string[], isRead: boolean): void {
    for (const id of ids) {
      const mail = this.#byId.get(id);
      if (!mail || mail.isRead === isRead) continue;
      mail.isRead = isRead;
      this.#unread += isRead ? -1 : 1;
    }
  }

  #forget(id: string): void {
    const mail = this.#byId.get(id);
    if (!mail) return;
    this.#byId.delete(id);
    if (!mail.isRead) this.#unread--;
  }

  /** Moves the head to the oldest message that is left, and frees what is behind it once that is half of all. */
  #sweep(): void {
    for (
      let first = this.#order[this.#head];
      first && !this.#isLive(first);
      first = this.#order[this.#head]
    ) {
      this.#head++;
    }
    if (this.#head < sweepMin || this.#head < this.#order.length / 2) return;
    this.#order = this.#order.slice(this.#head);
    this.#head = 0;
  }

  #isLive(mail: StoredMail): boolean {
    return this.#byId.get(mail.id) === mail;
  }
}

function toStoredMail(
  { id, atMs, mailFrom, rcptTo }: Extract<LogEntry, { kind: 'message' }>,
  raw: Buffer,
  place: Place,
): StoredMail {
  const headers = scanListedHeaders(raw);
  return { id, receivedAtMs: atMs, mailFrom, rcptTo, headers, place, isRead: false, peek: null };
}
