import { copyFile, readFile } from 'node:fs/promises';
import type { Log } from '../durability/store.ts';

/** SQLite's write-ahead log (sqlite.org/fileformat2.html, section 4): a header, then frames of a header and a page. */
const headerBytes = 32;
const frameHeaderBytes = 24;
const magicLittleEndian = 0x377f0682;

type LogState = {
  soundBytes: number;
  totalBytes: number;
  commitsBehind: number;
  hasOwnFramesBehind: boolean;
};

/**
 * Looks through the log before SQLite does, which takes the first bad frame for the end and leaves out all behind it.
 *
 * Throws where whole transactions follow a bad frame: each is begun only after the one before it was synced, so that is
 * damage. A bad frame in the last transaction may be a torn write: it is reported, and a copy kept beside.
 */
export async function checkLog(path: string, log: Log): Promise<void> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const { soundBytes, totalBytes, commitsBehind, hasOwnFramesBehind } = inspectLog(bytes);
  if (commitsBehind > 1) {
    throw new Error(
      `${path} is damaged at byte ${soundBytes} of ${totalBytes}, and ${commitsBehind} transactions follow. Nothing was changed. ` +
        `Put a copy of the folder in its place, or go on without what follows: truncate -s ${soundBytes} '${path}'`,
    );
  }
  if (!hasOwnFramesBehind) return;
  await copyFile(path, `${path}.torn`);
  log.warn(
    { lostBytes: totalBytes - soundBytes, copy: `${path}.torn` },
    'log ended in a torn transaction, left out',
  );
}

function inspectLog(bytes: Buffer): LogState {
  const totalBytes = bytes.length;
  const sound = { soundBytes: totalBytes, totalBytes, commitsBehind: 0, hasOwnFramesBehind: false };
  if (totalBytes <= headerBytes) return sound;
  const chain = startChain(bytes);
  if (!chain) return { ...sound, soundBytes: 0, ...framesFrom(bytes, headerBytes) };
  let at = headerBytes;
  const frameBytes = frameBytesOf(bytes);
  while (at + frameBytes <= totalBytes && hasSalt(bytes, at) && chain.follows(at)) at += frameBytes;
  return { ...sound, soundBytes: at, ...framesFrom(bytes, at) };
}

/** Counts the frames of this log, told from older ones by its salt, and those that end a transaction. */
function framesFrom(bytes: Buffer, start: number): Pick<LogState, 'commitsBehind' | 'hasOwnFramesBehind'> {
  const frameBytes = frameBytesOf(bytes);
  let commitsBehind = 0;
  let hasOwnFramesBehind = false;
  for (let at = start; at + frameBytes <= bytes.length; at += frameBytes) {
    if (!hasSalt(bytes, at)) continue;
    hasOwnFramesBehind = true;
    if (bytes.readUInt32BE(at + 4) !== 0) commitsBehind++;
  }
  return { commitsBehind, hasOwnFramesBehind };
}

function frameBytesOf(bytes: Buffer): number {
  return frameHeaderBytes + Math.max(512, bytes.readUInt32BE(8));
}

function hasSalt(bytes: Buffer, at: number): boolean {
  return bytes.compare(bytes, 16, 24, at + 8, at + 16) === 0;
}

/** Sums up the log frame by frame, each sum beginning with the one before. Undefined where the header is bad. */
function startChain(bytes: Buffer): { follows: (at: number) => boolean } | undefined {
  const magic = bytes.readUInt32BE(0);
  if ((magic & ~1) >>> 0 !== magicLittleEndian) return undefined;
  const isLittleEndian = magic === magicLittleEndian;
  let [sum0, sum1] = [0, 0];
  function add(start: number, end: number): void {
    for (let at = start; at < end; at += 8) {
      sum0 = (sum0 + read(at) + sum1) >>> 0;
      sum1 = (sum1 + read(at + 4) + sum0) >>> 0;
    }
  }
  const read = (at: number) => (isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const isSum = (at: number) => bytes.readUInt32BE(at) === sum0 && bytes.readUInt32BE(at + 4) === sum1;
  add(0, 24);
  if (!isSum(24)) return undefined;
  const frameBytes = frameBytesOf(bytes);
  return {
    follows(at) {
      add(at, at + 8);
      add(at + frameHeaderBytes, at + frameBytes);
      return isSum(at + 16);
    },
  };
}
