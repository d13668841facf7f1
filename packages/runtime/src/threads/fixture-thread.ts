import { parentPort } from 'node:worker_threads';

/** A thread for the pool's tests: does what it is told. */
const hoard: unknown[] = [];

parentPort?.on('message', (task: string) => {
  if (task === 'loop') for (;;) hoard.length = 0;
  if (task === 'hoard') for (;;) hoard.push({ size: hoard.length });
  if (task === 'hoard without interrupts') for (;;) hoard.push(new Array(1_000).fill(hoard.length));
  if (task === 'exit') process.exit(7);
  if (task === 'throw') throw new Error('thrown by the thread');
  parentPort?.postMessage({ kind: 'done', result: `did ${task}`, cpuMs: cpuMs() });
});
parentPort?.postMessage({ kind: 'ready', cpuMs: cpuMs() });

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
