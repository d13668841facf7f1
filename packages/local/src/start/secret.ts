import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { replaceFile } from './replace-file.ts';

/** Reads the instance's secret from `file`, or makes one (32 random bytes in hex, readable by this user alone). */
export async function readOrMakeSecret(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return kept.trim();
  const made = randomBytes(32).toString('hex');
  await replaceFile(file, `${made}\n`);
  return made;
}
