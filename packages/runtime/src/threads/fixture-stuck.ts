import { silentLogger } from '../logger.ts';
import { startThreadPool } from './thread-pool.ts';

/** A process for the pool's test: runs a loop that V8 may not be able to interrupt, and reports if it was ended. */
const pool = startThreadPool<string, string>({
  script: new URL('./fixture-thread.ts', import.meta.url),
  ...{ size: 1, workerData: {}, memoryMib: 64, log: silentLogger, endTimeoutMs: 300 },
  onStuck: () => process.kill(process.pid, 'SIGKILL'),
});
const { kind } = await pool.run('hoard without interrupts', { cpuMs: 100 });
// Time enough for the end of a stuck thread to be noticed.
setTimeout(() => process.send?.(kind), 1_000);
