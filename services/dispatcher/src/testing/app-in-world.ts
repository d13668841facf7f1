import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { type DispatcherOptions, startDispatcher } from '../app.ts';
import { loadConfig } from '../config.ts';
import { type DispatchWorld, shortLease } from './dispatch-world.ts';

/** Returns how many different events of a type were reported. */
export function count(world: DispatchWorld, type: string): number {
  return new Set(world.events.filter((event) => event.type === type).map(({ id }) => id)).size;
}

/** Returns the status ids that were reported delivered. */
export function delivered(world: DispatchWorld): string[] {
  return world.events.flatMap((event) => (event.type === 'DELIVERED' ? [event.statusId] : []));
}

/** Starts a dispatcher in this process. */
export function startIn(
  { env }: DispatchWorld,
  overrides: Record<string, string> = {},
  options: DispatcherOptions = {},
) {
  const config = loadConfig({ ...env, ...overrides });
  return startDispatcher(config, silentLogger, { lease: shortLease, ...options });
}

/** Starts a dispatcher in a process of its own, which a test may kill at the point that `FAULT_AT` names. */
export function spawnDispatcher(
  t: TestContext,
  { env }: DispatchWorld,
  overrides: Record<string, string>,
): { child: ChildProcess; said: (word: string) => number } {
  const script = join(import.meta.dirname, 'faulty-dispatcher.ts');
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...env, ...overrides },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return { child, said: (word) => output.split(word).length - 1 };
}
