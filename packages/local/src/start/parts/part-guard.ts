import { spawn } from 'node:child_process';
import path from 'node:path';
import { stagesOf } from './stages.ts';

/** Ends the parts when the process that started them is killed. Disposing it leaves them alone. */
export type PartGuard = AsyncDisposable & {
  /** Tells it the process id of a part, in place of the one that the part had before. */
  watch: (name: string, pid: number) => void;
};

/**
 * Starts a shell that reads process ids from a pipe. A starter that is killed cannot end its parts, but the system
 * closes its pipe, and the shell then ends them in order. Node keeps the pipe from every other child.
 */
export function startPartGuard(): PartGuard {
  const child = spawn('/bin/sh', [path.join(import.meta.dirname, 'end-parts.sh')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the parts run all the same; the next start finds what a killed one left.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const pids = new Map<string, number>();

  return {
    watch(name, pid) {
      pids.set(name, pid);
      const stages = stagesOf([...pids].map(([part, id]) => ({ name: part, pid: id })));
      child.stdin.write(`${stages.map((stage) => stage.join(' ')).join(' / ')}\n`);
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => child.stdin.end('\n', () => resolve())),
  };
}
