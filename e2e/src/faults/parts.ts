import type { FaultWorld } from './fault-world.ts';

/** The process id that a part has now. */
export async function pidOf({ system }: Pick<FaultWorld, 'system'>, name: string): Promise<number> {
  const pid = (await system.reread()).pids[name];
  if (pid === undefined) throw new Error(`There is no part named ${name}`);
  return pid;
}

/** Stops a part as SIGSTOP does, until it is disposed; a second disposal changes nothing, nor does one after its death. */
export async function stopPart(world: FaultWorld, name: string): Promise<Disposable> {
  const pid = await pidOf(world, name);
  let isStopped = true;
  process.kill(pid, 'SIGSTOP');
  return {
    [Symbol.dispose]() {
      if (!isStopped) return;
      isStopped = false;
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // It is gone.
      }
    },
  };
}
