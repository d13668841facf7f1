import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { createWeightGate, Fault } from '@posthorn/runtime';
import { type Connection, mongo } from 'mongoose';
import type { Guard } from './guard.ts';

/** Where items too large for a mailbag lie until they are done. */
export type BlobStore = Readonly<{
  /** Stores bytes under an id of the caller's. Durable when it resolves; an id that exists already stays as it is. */
  put: (id: string, bytes: Buffer) => Promise<void>;
  /** Throws `not_found` when there is no such blob. */
  get: (id: string) => Promise<Buffer>;
  /** Deleting a blob that is not there changes nothing. */
  delete: (id: string) => Promise<void>;
  /** The ids of blobs stored before `beforeMs` (Unix milliseconds), by id, those after `after`, at most `limit`. */
  listOlder: (query: { beforeMs: number; after?: string; limit: number }) => Promise<string[]>;
}>;

/** Longest a blob may take: it is megabytes, where other calls are kilobytes. */
const blobTimeoutMs = 15_000;

/** Blobs that are written or read at once, each over one connection; the others of the pool stay for other calls. */
const blobsMax = 8;

/** What is written at once, and what a chunk in MongoDB holds; blobs written with other chunks are read alike. */
const chunkBytes = 1024 * 1024;

/** Keeps blobs in GridFS, in the collections `blobs.files` and `blobs.chunks`; a blob's id is its file's `_id`. */
export function createBlobStore(connection: Connection, guard: Guard): BlobStore {
  const gate = createWeightGate(blobsMax);
  const run = <T>(operation: string, work: (bucket: Bucket) => Promise<T>) =>
    gate(1, () => guard(`blobs.${operation}`, () => work(openBucket(connection)), blobTimeoutMs));
  return {
    put: (id, bytes) => run('put', (bucket) => putOnce(bucket, id, bytes)),
    get: (id) => run('get', (bucket) => read(bucket, id)),
    delete: (id) => run('delete', (bucket) => remove(bucket, id)),
    listOlder: (query) => run('listOlder', (bucket) => listOlder(bucket, query)),
  };
}

type Bucket = mongo.GridFSBucket;

function openBucket({ db }: Connection): Bucket {
  if (!db) throw new Fault('unavailable', 'The database is not available. Try again shortly.');
  return new mongo.GridFSBucket(db, { bucketName: 'blobs', chunkSizeBytes: chunkBytes });
}

/** An upload that a crash cut short has left chunks and no file: they are cleared first. */
async function putOnce(bucket: Bucket, id: string, bytes: Buffer): Promise<void> {
  if (await exists(bucket, id)) return;
  await remove(bucket, id);
  await upload(bucket, id, bytes);
}

async function upload(bucket: Bucket, id: string, bytes: Buffer): Promise<void> {
  const stream = bucket.openUploadStreamWithId(gridId(id), id);
  const done = finished(stream);
  // A failed write ends the stream, so that `done` rejects; without a listener that would end the process first.
  done.catch(() => undefined);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await write(stream, bytes.subarray(at, at + chunkBytes));
  }
  stream.end();
  await done;
}

/** Resolves when the chunk is stored. The stream would write all chunks of a larger piece at once, each over a connection. */
function write(stream: mongo.GridFSBucketWriteStream, piece: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(piece, (error) => (error ? reject(error) : resolve()));
  return promise;
}

async function read(bucket: Bucket, id: string): Promise<Buffer> {
  try {
    return await buffer(bucket.openDownloadStream(gridId(id)));
  } catch (cause) {
    throw isMissing(cause) ? new Fault('not_found', 'There is no such blob.', { cause }) : cause;
  }
}

async function remove(bucket: Bucket, id: string): Promise<void> {
  try {
    await bucket.delete(gridId(id));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function listOlder(
  bucket: Bucket,
  { beforeMs, after = '', limit }: { beforeMs: number; after?: string; limit: number },
): Promise<string[]> {
  const files = await bucket
    .find({ _id: { $gt: gridId(after) }, uploadDate: { $lt: new Date(beforeMs) } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return files.map(({ _id }) => String(_id));
}

async function exists(bucket: Bucket, id: string): Promise<boolean> {
  return (
    (
      await bucket
        .find({ _id: gridId(id) })
        .limit(1)
        .toArray()
    ).length > 0
  );
}

/** GridFS takes any value as `_id`; the driver's types know ObjectId only. */
function gridId(id: string): mongo.ObjectId {
  return id as unknown as mongo.ObjectId;
}

/** The driver names a missing file by its message alone (MongoDB driver 7, `GridFSBucket`). */
function isMissing(error: unknown): boolean {
  return error instanceof Error && /file not found|FileNotFound/i.test(error.message);
}
