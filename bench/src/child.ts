import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A helper process of the bench that is asked things and answers each once. */
export type Child = Disposable & {
  readonly pid: number;
  /** Its next message, whatever caused it. */
  next: <T>() => Promise<T>;
  ask: <T>(question: object | string) => Promise<T>;
};

/** Forks `file` of this folder. */
export function startChild(file: string): Child {
  const child: ChildProcess = fork(path.join(import.meta.dirname, file), { serialization: 'advanced' });
  const next = async <T>(): Promise<T> => {
    const [message] = await once(child, 'message');
    // Both ends of the channel are ours.
    return message as T;
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
