import { afterEach, beforeEach } from 'node:test';

/** How long a test process may live on without running a test. Hooks between two tests start servers, but take seconds. */
const graceMs = 60_000;

let running = 0;
let timer: NodeJS.Timeout | undefined;

/**
 * Fails a test process that something keeps alive after its last test, and names what is open. Loaded with
 * `--import` by every test script, in place of `--test-force-exit`, which would hide what a service leaves open.
 *
 * A root `after` hook will not do: where all files share a process, it runs whenever no test is pending.
 */
beforeEach(() => {
  running += 1;
  clearTimeout(timer);
});
afterEach(() => {
  running -= 1;
  if (running > 0) return;
  timer = setTimeout(() => {
    process.stderr.write(`Still open after the last test: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, graceMs).unref();
});
