import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file that its user alone can read, in one step: where the disk is full or the power fails, the file that
 * was there before stays whole.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    await using handle = await open(draft, 'w', 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await rename(draft, file);
}
