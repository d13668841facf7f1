import { z } from 'zod';

/**
 * What one record of the mailbox's log says. A message's bytes follow it; the others carry none.
 *
 * Replaying the records in order gives the mailbox back, whatever was deleted or read in between.
 */
export const LogEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('message'),
    id: z.string(),
    /** Unix time in milliseconds at which the message was received. */
    atMs: z.int(),
    /** The envelope sender; empty for the null sender of a bounce. */
    mailFrom: z.string(),
    /** The envelope recipients, as given in RCPT. */
    rcptTo: z.array(z.string()),
  }),
  z.object({ kind: z.literal('deleted'), ids: z.array(z.string()) }),
  z.object({ kind: z.literal('cleared') }),
  z.object({ kind: z.literal('read'), ids: z.array(z.string()), isRead: z.boolean() }),
]);

export type LogEntry = z.infer<typeof LogEntry>;

/** Where the bytes of a message are; meaningful only to the log that gave it. */
export type Place = Readonly<{ segment: number; offsetBytes: number; sizeBytes: number }>;

/** Called for each record, oldest first, while a log is opened. `body` may be reused after the call. */
export type Replay = (entry: LogEntry, body: Buffer, place: Place) => void;

/** An append-only log of records in numbered segments. */
export type MailLog = AsyncDisposable & {
  /** Appends a record. Resolves when it is durable; rejects when it was not written, and then it is not in the log. */
  append: (entry: LogEntry, body?: Buffer) => Promise<Place>;
  /** The bytes of a message; null when its segment was dropped. */
  read: (place: Place) => Promise<Buffer | null>;
  /** Lets the next record begin a new segment, so that all older ones can be dropped. */
  rotate: () => void;
  /** Forgets all segments with a number below `segment`, oldest first. */
  dropBefore: (segment: number) => Promise<void>;
  /** Bytes held, in memory or on disk. */
  sizeBytes: () => number;
  /** Where it is kept, for people to read. */
  where: string;
};
