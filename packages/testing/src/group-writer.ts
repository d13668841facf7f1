import type { FileHandle } from 'node:fs/promises';

/** Makes what adds text to a file and resolves when it is on disk; texts that meet share one fsync. */
export function createGroupWriter(file: FileHandle): (text: string) => Promise<void> {
  let waiting = '';
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    await current.catch(() => undefined);
    const text = waiting;
    waiting = '';
    next = undefined;
    current = file.appendFile(text).then(() => file.datasync());
    await current;
  }

  return (text) => {
    waiting += text;
    next ??= flush();
    return next;
  };
}
