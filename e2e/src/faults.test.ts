import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { runScenario } from './faults/scenario.ts';
import { scenarios } from './faults/scenarios.ts';

/**
 * A short selection of `npm run faults`. `FAULTS_SCALE` makes it longer; the whole is for a machine of its own.
 */
const scale = Number(process.env['FAULTS_SCALE'] ?? 0.02);

const guarantees = {
  F01: 'what the gateway accepted is sent once, however often it is killed',
  F02: 'what submission accepted is sent, and once where its client names it, however often it is killed',
  F03: 'what the renderer had is sent once, however often it is killed',
  F04: 'what the dispatcher had is sent, and twice only what it was committing when it was killed',
  F08: 'what was sent is recorded, however often tracking is killed',
  F09: 'what was accepted is sent although Redis is killed again and again while the disk is busy',
  F15: 'while MongoDB is away mail is accepted and sent, and recorded when it is back',
} as const;

// Two worlds at a time: most of a run is waiting.
suite('faults', { concurrency: 2 }, () => {
  for (const [row, guarantee] of Object.entries(guarantees)) {
    test(`${row}: ${guarantee}`, { timeout: 240_000 }, async (t) => {
      const scenario = scenarios.find(({ rows }) => rows[0] === row);
      assert.ok(scenario);
      const hindrance = await scenario.unless?.();
      if (hindrance) return t.skip(hindrance);

      const { line, notes, breaches, reconciliation } = await runScenario(scenario, { run: row, scale });

      for (const text of [line, ...notes]) t.diagnostic(text);
      assert.deepEqual(breaches, []);
      assert.ok(reconciliation.accepted > 0);
    });
  }
});
