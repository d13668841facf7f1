import { type FileHandle, open } from 'node:fs/promises';
import { Refusal } from '../errors.ts';
import type { ChangeLog } from '../storage/change-log.ts';
import type { Doc } from '../values/doc.ts';
import { RecordBuffer, recordKind } from './record.ts';

/** Longest time a write that nobody waits for stays out of the disk's own hands, as in MongoDB. */
const idleSyncMs = 100;

type Waiter = { resolve: () => void; reject: (error: unknown) => void };

/**
 * The append-only file of everything that changed.
 *
 * Group commit: what one turn of the event loop changes is written at once, and all who wait for the disk share one
 * fdatasync. After a failed write the journal takes nothing more, since memory is then ahead of the disk.
 */
export class Journal implements ChangeLog, AsyncDisposable {
  #file: FileHandle;
  #sizeBytes: number;
  readonly #pending = new RecordBuffer();
  #writeWaiters: Waiter[] = [];
  #syncWaiters: Waiter[] = [];
  #running: Promise<void> | undefined;
  #isSynced = true;
  #idleSync: NodeJS.Timeout | undefined;
  #failure: Refusal | undefined;
  /** Who is told when the bytes on their way are written or lost. */
  #inFlight: Waiter[] = [];
  #rotation: (Waiter & { file: FileHandle }) | undefined;

  private constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** Opens a journal for appending; `sizeBytes` is what it holds already. */
  static async open(path: string, sizeBytes: number): Promise<Journal> {
    return new Journal(await open(path, 'a'), sizeBytes);
  }

  /** Bytes in the file and on their way to it. */
  get sizeBytes(): number {
    return this.#sizeBytes + this.#pending.length;
  }

  put(collectionId: number, doc: Doc, raw?: Uint8Array): number {
    return this.#add(recordKind.put, collectionId, doc, raw);
  }

  remove(collectionId: number, id: unknown): void {
    this.#add(recordKind.remove, collectionId, { _id: id });
  }

  createCollection(collectionId: number, db: string, name: string): void {
    this.#add(recordKind.createCollection, collectionId, { db, name });
  }

  dropCollection(collectionId: number): void {
    this.#add(recordKind.dropCollection, collectionId, {});
  }

  createIndex(collectionId: number, spec: Doc): void {
    this.#add(recordKind.createIndex, collectionId, spec);
  }

  dropIndex(collectionId: number, name: string): void {
    this.#add(recordKind.dropIndex, collectionId, { name });
  }

  /** Throws `OutOfDiskSpace` once a write has failed. */
  refuseIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Resolves when everything recorded so far is with the operating system: it survives the end of this process. */
  written(): Promise<void> {
    if (this.#pending.length === 0 && !this.#running) return Promise.resolve();
    return this.#wait(this.#writeWaiters);
  }

  /** Resolves when everything recorded so far is on the disk: it survives a power cut. */
  synced(): Promise<void> {
    if (this.#pending.length === 0 && !this.#running && this.#isSynced) return Promise.resolve();
    return this.#wait(this.#syncWaiters);
  }

  /** Finishes the current file, synced, and goes on in a new one. What is recorded after the call is in the new one. */
  async rotate(path: string): Promise<void> {
    this.refuseIfFailed();
    const file = await open(path, 'a');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#rotation = { file, resolve, reject };
    this.#start();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idleSync);
    try {
      await this.synced();
    } finally {
      clearTimeout(this.#idleSync);
      await this.#file.close();
    }
  }

  #add(
    kind: (typeof recordKind)[keyof typeof recordKind],
    collectionId: number,
    body: Doc,
    raw?: Uint8Array,
  ): number {
    this.refuseIfFailed();
    const sizeBytes = this.#pending.add(kind, collectionId, body, raw);
    this.#start();
    return sizeBytes;
  }

  #wait(waiters: Waiter[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiters.push({ resolve, reject });
    this.#start();
    return promise;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What was recorded after the last look at the pending bytes, but before this line.
      if (!this.#failure && this.#hasWork()) this.#start();
    });
  }

  async #run(): Promise<void> {
    try {
      // The rest of this turn's changes belong to the same write.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#hasWork()) {
        await this.#switchFile();
        await this.#commit();
      }
      if (!this.#isSynced) this.#syncSoon();
    } catch (error) {
      this.#fail(error);
    }
  }

  #hasWork(): boolean {
    const hasWaiters = this.#writeWaiters.length > 0 || this.#syncWaiters.length > 0;
    return this.#pending.length > 0 || hasWaiters || this.#rotation !== undefined;
  }

  /** Between two commits everything earlier is in the old file, everything pending goes into the new one. */
  async #switchFile(): Promise<void> {
    const rotation = this.#rotation;
    if (!rotation) return;
    const previous = this.#file;
    await previous.datasync();
    this.#file = rotation.file;
    this.#sizeBytes = 0;
    this.#rotation = undefined;
    await previous.close();
    rotation.resolve();
  }

  async #commit(): Promise<void> {
    const [writeWaiters, syncWaiters] = [this.#writeWaiters, this.#syncWaiters];
    this.#inFlight = [...writeWaiters, ...syncWaiters];
    this.#writeWaiters = [];
    this.#syncWaiters = [];
    await this.#write(this.#pending.take());
    for (const { resolve } of writeWaiters) resolve();
    if (syncWaiters.length === 0) return;
    await this.#file.datasync();
    this.#isSynced = true;
    for (const { resolve } of syncWaiters) resolve();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#isSynced = false;
    this.#sizeBytes += bytes.length;
    let offset = 0;
    while (offset < bytes.length) {
      const { bytesWritten } = await this.#file.write(bytes, offset, bytes.length - offset, null);
      offset += bytesWritten;
    }
  }

  #syncSoon(): void {
    clearTimeout(this.#idleSync);
    this.#idleSync = setTimeout(() => {
      this.synced().catch(() => undefined);
    }, idleSyncMs).unref();
  }

  #fail(error: unknown): void {
    this.#failure = new Refusal('OutOfDiskSpace', `The journal cannot be written: ${String(error)}`);
    const waiters = [...this.#inFlight, ...this.#writeWaiters, ...this.#syncWaiters];
    for (const { reject } of waiters) reject(this.#failure);
    this.#rotation?.reject(this.#failure);
  }
}
