import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canBegin, frameBytes, headBytes, type OldRecord, readRecord } from './old-record.ts';

/** The files of the former format: each snapshot holds all documents at the start of the journal of its number. */
export type OldFiles = { names: string[]; snapshot: string | undefined; journals: string[] };

/** Finds the files of the former format and which of them count, in the order of reading. */
export async function listOldFiles(home: string): Promise<OldFiles> {
  const names = (await readdir(home)).filter((name) => /^(journal|snapshot)-\d+\.log/.test(name)).sort();
  const numbered = (kind: string) =>
    names.flatMap((name) => {
      const digits = new RegExp(`^${kind}-(\\d+)\\.log$`).exec(name)?.[1];
      return digits === undefined ? [] : [{ path: join(home, name), generation: Number(digits) }];
    });
  const snapshot = numbered('snapshot').findLast(({ generation }) => generation > 0);
  const first = snapshot?.generation ?? 0;
  const journals = numbered('journal').filter(({ generation }) => generation >= first);
  return { names, snapshot: snapshot?.path, journals: journals.map(({ path }) => path) };
}

/** Hands every record to `apply`, and resolves to the length of the file and of its sound part. */
export async function readOldFile(
  path: string,
  apply: (record: OldRecord) => void,
): Promise<{ soundBytes: number; totalBytes: number }> {
  const totalBytes = (await stat(path)).size;
  let rest: Buffer = Buffer.alloc(0);
  let soundBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let offset = 0;
    for (;;) {
      const read = readRecord(rest, offset);
      if (read === 'corrupt') return { soundBytes, totalBytes };
      if (!read) break;
      apply(read.record);
      offset += read.sizeBytes;
      soundBytes += read.sizeBytes;
    }
    rest = rest.subarray(offset);
  }
  return { soundBytes, totalBytes };
}

const windowBytes = 1024 * 1024;
/** As much of a record as tells that it could be one. */
const beginBytes = frameBytes + headBytes + 4;

/** Looks for a sound record anywhere behind `offset`: what comes before it is then damaged, and not a torn end. */
export async function hasRecordBehind(path: string, offset: number): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    for (let at = offset + 1; ; at += windowBytes) {
      const window = await readAt(file, at, windowBytes + beginBytes - 1);
      for (let i = 0; i + beginBytes <= window.length; i++)
        if (canBegin(window, i) && (await isSound(file, at + i, window.readUInt32LE(i)))) return true;
      if (window.length < windowBytes) return false;
    }
  } finally {
    await file.close();
  }
}

async function isSound(file: FileHandle, offset: number, payloadBytes: number): Promise<boolean> {
  const read = readRecord(await readAt(file, offset, frameBytes + payloadBytes), 0);
  return read !== undefined && read !== 'corrupt';
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
