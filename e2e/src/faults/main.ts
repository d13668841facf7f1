import { parseArgs } from 'node:util';
import { startFaultWorld } from './fault-world.ts';
import { killScenarios } from './kill-scenarios.ts';
import { mongodbScenarios } from './mongodb-scenarios.ts';
import { receiverScenarios } from './receiver-scenarios.ts';
import { redisScenarios } from './redis-scenarios.ts';
import { runScenario, type Scenario } from './scenario.ts';

/**
 * `npm run faults -- [F01 F09 …] [--long] [--scale 0.1]`: prints one line for each scenario, and exits with 1 when a
 * promise is broken. Without rows it runs all but the long ones.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
  },
});
const scenarios: readonly Scenario[] = [
  ...killScenarios,
  ...redisScenarios,
  ...mongodbScenarios,
  ...receiverScenarios,
];
const chosen = scenarios.filter(({ rows, isLong }) =>
  positionals.length > 0 ? rows.some((row) => positionals.includes(row)) : values.long || !isLong,
);
const unknown = positionals.filter((row) => !scenarios.some(({ rows }) => rows.includes(row)));
if (unknown.length > 0) {
  process.stderr.write(
    `No scenario is named ${unknown.join(', ')}. There are: ${scenarios.flatMap(({ rows }) => rows).join(', ')}.\n`,
  );
  process.exit(1);
}

for (const [at, scenario] of chosen.entries()) {
  const startedAtMs = performance.now();
  await using world = await startFaultWorld(scenario.world);
  const { line, notes, breaches } = await runScenario(scenario, world, {
    run: `r${at}`,
    scale: Number(values.scale),
  });
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  process.stdout.write(`${scenario.rows.join(', ')}: ${scenario.title} (${seconds} s)\n  ${line}\n`);
  for (const note of notes) process.stdout.write(`  ${note}\n`);
  for (const breach of breaches) process.stdout.write(`  BROKEN ${breach}\n`);
  if (breaches.length > 0) process.exitCode = 1;
}
