import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A helper process of the bench that is asked things and answers each once. */
export type Child = Disposable & {
  readonly pid: number;
  /** Its next message, whatever caused it. Rejects when it ends without one. */
  next: <T>() => Promise<T>;
  ask: <T>(question: object | string) => Promise<T>;
};

const living = new Set<ChildProcess>();
let isInterrupted = false;

/**
 * Ends every helper process and lets none begin, so that whoever waits for one fails and closes what it opened: a
 * signal alone would leave servers behind.
 */
export function interrupt(): void {
  isInterrupted = true;
  for (const child of living) child.kill();
}

/** Forks `file` of this folder. Throws once the bench was interrupted. */
export function startChild(file: string, ...args: readonly string[]): Child {
  if (isInterrupted) throw new Error('The bench was interrupted');
  const child: ChildProcess = fork(path.join(import.meta.dirname, file), args, { serialization: 'advanced' });
  living.add(child);
  child.once('exit', () => living.delete(child));
  const next = async <T>(): Promise<T> => {
    const heard = new AbortController();
    const { signal } = heard;
    // Not `exit`, which may come while messages are still to be read.
    const ended = once(child, 'disconnect', { signal }).then(() => {
      throw new Error(`${file} ended without an answer`);
    });
    try {
      const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
      // Both ends of the channel are ours.
      return message as T;
    } finally {
      heard.abort();
    }
  };
  return {
    pid: child.pid ?? 0,
    next,
    ask(question) {
      const answer = next<never>();
      child.send(question);
      return answer;
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}
