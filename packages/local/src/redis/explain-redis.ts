import { open } from 'node:fs/promises';
import path from 'node:path';

/** What a line of Redis' log means for whoever runs it. */
const remedies: readonly (readonly [RegExp, (folder: string) => string])[] = [
  [
    /(bad file format|unexpected end of file|unknown command .*) reading the append only file|manifest/i,
    (folder) =>
      `Its append-only file is damaged. Copy ${folder} to a safe place, then mend it (what lies behind the damage is cut off): ` +
      `redis-check-aof --fix '${path.join(folder, 'appendonlydir/appendonly.aof.manifest')}'`,
  ],
  [
    /can't handle (rdb|aof) format version|unknown (rdb|aof)/i,
    () => 'A newer Redis wrote this data: install that version again.',
  ],
  [
    /address already in use|could not create server tcp listening socket/i,
    () => 'Another program uses the port: stop it, or set POSTHORN_PORT to another block of ports.',
  ],
  [
    /permission denied|operation not permitted/i,
    (folder) => `This user may not read or write ${folder}: it may have been made by another user.`,
  ],
  [
    /no space left|aof write error|short write while writing/i,
    () => 'It cannot write its file, so the disk is probably full: make room, and it comes back by itself.',
  ],
  [
    /out of memory|cannot allocate memory/i,
    () => 'There is too little memory for the data: end other programs, or move to a larger machine.',
  ],
];

const tailBytes = 64 * 1024;
const linesMax = 8;

/**
 * Returns what process `pid` of Redis wrote to its log last, and what can be done about it; empty where it wrote
 * nothing there.
 */
export async function explainRedis(folder: string, pid: number): Promise<string> {
  const log = await readTail(path.join(folder, 'redis.log')).catch(() => '');
  const own = log.split('\n').filter((line) => line.startsWith(`${pid}:`));
  const lines = own.slice(-linesMax).map((line) => line.replace(/^\d+:\w /, ''));
  const remedy = remedies.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1](folder);
  return [...lines.map((line) => `  ${line}`), ...(remedy ? [remedy] : [])].join('\n');
}

async function readTail(file: string): Promise<string> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(Math.min(size, tailBytes));
  await handle.read(bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString();
}
