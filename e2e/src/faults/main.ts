import { parseArgs } from 'node:util';
import { startRedisCluster } from '@posthorn/testing';
import { runScenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/**
 * `npm run faults -- [F01 F09 …] [--long] [--scale 0.1] [--cluster]`: prints one line for each scenario, and exits with 1
 * when a promise is broken. Without rows it runs all but the long ones; `--list` only names them. `--cluster` runs them on a
 * Redis Cluster of three primaries with four shards a lane, but for those that do something to Redis itself.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    cluster: { type: 'boolean', default: false },
  },
});
await using cluster = values.cluster ? await startRedisCluster() : undefined;
if (cluster) Object.assign(process.env, { REDIS_URL: cluster.url, LANE_SHARDS: '4' });
const chosen = scenarios.filter(({ rows, isLong }) =>
  positionals.length > 0 ? rows.some((row) => positionals.includes(row)) : values.long || !isLong,
);
const unknown = positionals.filter((row) => !scenarios.some(({ rows }) => rows.includes(row)));
if (unknown.length > 0) {
  const known = [...new Set(scenarios.flatMap(({ rows }) => rows))];
  process.stderr.write(`No scenario is named ${unknown.join(', ')}. There are: ${known.join(', ')}.\n`);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
let brokenCount = 0;
for (const [at, scenario] of chosen.entries()) {
  const name = `${scenario.rows.join(', ')}: ${scenario.title}`;
  const hindrance = values.list ? '' : await scenario.unless?.();
  if (hindrance !== undefined) {
    process.stdout.write(hindrance ? `${name}\n  SKIPPED ${hindrance}\n` : `${name}\n`);
    continue;
  }
  const startedAtMs = performance.now();
  const lines = await runScenario(scenario, { run: `r${at}`, scale: Number(values.scale) }).then(
    ({ line, notes, breaches }) => [line, ...notes, ...breaches.map((breach) => `BROKEN ${breach}`)],
    (error: unknown) => [`BROKEN the run itself failed: ${error instanceof Error ? error.message : error}`],
  );
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  process.stdout.write(`${name} (${seconds} s)\n${lines.map((line) => `  ${line}\n`).join('')}`);
  if (lines.some((line) => line.startsWith('BROKEN'))) brokenCount += 1;
}
if (brokenCount > 0) process.stdout.write(`\n${brokenCount} of ${chosen.length} broke a promise\n`);
process.exitCode = brokenCount > 0 ? 1 : 0;
