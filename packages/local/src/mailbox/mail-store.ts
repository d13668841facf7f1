import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Clock } from '@posthorn/runtime';
import { MailIndex } from './mail-index.ts';
import type { LogEntry, MailLog } from './mail-log.ts';
import { peekMail } from './mail-peek.ts';
import { createMemoryLog } from './memory-log.ts';
import { openSegmentLog } from './segment-log.ts';
import type { MailPeek, StoredMail } from './stored-mail.ts';

/** One message as SMTP gave it: the envelope and the exact bytes. */
export type ReceivedMail = Readonly<{ mailFrom: string; rcptTo: readonly string[]; raw: Buffer }>;

export type MailStoreOptions = {
  /** The folder it is kept in; null keeps it in memory only. */
  home: string | null;
  /** Messages kept; past it the oldest are dropped. */
  messagesMax: number;
  clock: Clock;
};

/** What the mailbox did since it was started. */
export type MailStoreActivity = Readonly<{ added: number; addedBytes: number; deleted: number }>;

/** Opens the mailbox's store, with all that was durable before. */
export async function openMailStore({ home, messagesMax, clock }: MailStoreOptions): Promise<MailStore> {
  const index = new MailIndex(messagesMax);
  const log =
    home === null
      ? createMemoryLog()
      : await openSegmentLog(home, (entry, raw, place) => index.apply(entry, raw, place));
  return new MailStore({ index, log, clock });
}

/** The messages of the mailbox: an index in memory over a log on disk. Every change is in the log first. */
export class MailStore implements AsyncDisposable {
  /** Emits `change` after messages came, went or were read. */
  readonly changes = new EventEmitter<{ change: [] }>();
  readonly #index: MailIndex;
  readonly #log: MailLog;
  readonly #clock: Clock;
  #activity: MailStoreActivity = { added: 0, addedBytes: 0, deleted: 0 };

  constructor({ index, log, clock }: { index: MailIndex; log: MailLog; clock: Clock }) {
    this.#index = index;
    this.#log = log;
    this.#clock = clock;
  }

  /** Stores a message and returns its id. Resolves when it is durable; rejects when it could not be stored. */
  async add({ mailFrom, rcptTo, raw }: ReceivedMail): Promise<string> {
    const id = newId();
    await this.#record(
      { kind: 'message', id, atMs: this.#clock.nowMs(), mailFrom, rcptTo: [...rcptTo] },
      raw,
    );
    const { added, addedBytes, deleted } = this.#activity;
    this.#activity = { added: added + 1, addedBytes: addedBytes + raw.length, deleted };
    return id;
  }

  /** The message with this id; `latest` is the newest one. */
  find(id: string): StoredMail | null {
    return this.#index.find(id);
  }

  /** Messages, newest first, `limit` of them after the first `start`. Those added while it is read are not seen. */
  newestFirst(start?: number, limit?: number): Iterable<StoredMail> {
    return this.#index.newestFirst(start, limit);
  }

  /** The exact bytes received; null when the message was dropped meanwhile. */
  raw(mail: StoredMail): Promise<Buffer | null> {
    return this.#log.read(mail.place);
  }

  /** What a list shows of the body; nothing when the message was dropped meanwhile. */
  async peek(mail: StoredMail): Promise<MailPeek> {
    const raw = mail.peek ? null : await this.raw(mail);
    if (raw) mail.peek = peekMail(raw);
    return mail.peek ?? { snippet: '', attachments: 0 };
  }

  /** Deletes these messages; ids it does not know are ignored. */
  async remove(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => this.find(id)?.id === id);
    if (known.length === 0) return;
    this.#countDeleted(known.length);
    await this.#record({ kind: 'deleted', ids: known });
  }

  /** Deletes all messages there are now and frees their space. */
  async clear(): Promise<void> {
    this.#countDeleted(this.#index.total);
    this.#log.rotate();
    await this.#record({ kind: 'cleared' });
  }

  /** Marks messages as read or unread; ids it does not know are ignored. */
  async setRead(ids: readonly string[], isRead: boolean): Promise<void> {
    const changed = ids.filter((id) => this.find(id)?.isRead === !isRead);
    if (changed.length > 0) await this.#record({ kind: 'read', ids: changed, isRead });
  }

  get total(): number {
    return this.#index.total;
  }

  get unread(): number {
    return this.#index.unread;
  }

  /** What happened since the start, and where and how large the log is. */
  get activity(): MailStoreActivity & { where: string; sizeBytes: number } {
    return { ...this.#activity, where: this.#log.where, sizeBytes: this.#log.sizeBytes() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.changes.removeAllListeners();
    await this.#log[Symbol.asyncDispose]();
  }

  /** Makes a change durable, then visible, then gives back the space that nothing refers to any more. */
  async #record(entry: LogEntry, body?: Buffer): Promise<void> {
    const place = await this.#log.append(entry, body);
    this.#index.apply(entry, body ?? Buffer.alloc(0), place);
    this.changes.emit('change');
    await this.#log.dropBefore(this.#index.oldestSegment ?? place.segment);
  }

  #countDeleted(count: number): void {
    this.#activity = { ...this.#activity, deleted: this.#activity.deleted + count };
  }
}

/** 22 hexadecimal digits: as long as Mailpit's ids, at least 80 random bits, safe in a URL and easy to select. */
function newId(): string {
  // randomUUID draws its entropy in large pieces; randomBytes would cost a system call for each message.
  return randomUUID().replaceAll('-', '').slice(0, 22);
}
