import { after } from 'node:test';

/** How long a test process may live on after its last test. */
const graceMs = 5_000;

/**
 * Fails a test process that something keeps alive after its last test, and names what is open. Loaded with
 * `--import` by every test script, in place of `--test-force-exit`, which would hide what a service leaves open.
 */
after(() => {
  setTimeout(() => {
    process.stderr.write(`Still open after the last test: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, graceMs).unref();
});
