import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../api.ts';

/** A service of the run's own, which is not started again when it ends. */
export type OwnProcess = AsyncDisposable &
  Readonly<{
    /** How often a word was in its output. */
    saidCount(word: string): number;
    signal(name: NodeJS.Signals): void;
    /** Its exit code, or the signal that ended it. */
    ended: Promise<number | NodeJS.Signals | null>;
  }>;

/** Starts `script` of a service's folder and waits until it says `started`. Disposing it kills it. */
export async function startOwnProcess(
  folder: string,
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<OwnProcess> {
  const child = spawn(process.execPath, [script], {
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
    env: { PATH: process.env['PATH'], ...env },
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'exit').then(() => child.signalCode ?? child.exitCode);
  const own: OwnProcess = {
    saidCount: (word) => output.split(word).length - 1,
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  await using starting = new AsyncDisposableStack();
  starting.use(own);
  await eventually(`${folder} to be up`, async () => output.includes('started'));
  starting.move();
  return own;
}
