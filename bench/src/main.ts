import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startBenchSystem } from './bench-system.ts';
import { measureHits } from './hits.ts';
import { measureIoStageCosts } from './io-stage-costs.ts';
import { makeStageSample, measureStageCosts } from './stage-costs.ts';
import { tableOf } from './statistics.ts';
import { measureWholePath } from './whole-path.ts';

/** `npm run bench -- [--sends 20000] [--senders 50] [--hits 50000]`: prints a table, writes bench/results/<time>.json. */
const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '20000' },
    senders: { type: 'string', default: '50' },
    hits: { type: 'string', default: '50000' },
  },
});
const show = (text: string) => process.stdout.write(`${text}\n`);
const cores = availableParallelism();

show('Stages alone…');
const sample = await makeStageSample();
const stages = { ...(await measureIoStageCosts(sample)), ...(await measureStageCosts(sample)) };
/** A send is queued three times: to be rendered, to be dispatched, and as its events. */
const hops = 3;
const queueStage = 'queue: one hop in full bags, both ends';
const sumMicros = Object.entries(stages).reduce(
  (sum, [name, micros]) => sum + micros * (name === queueStage ? hops : 1),
  0,
);
const limitPerSecond = Math.round((cores * 1_000_000) / sumMicros);

show('Whole path…');
await using system = await startBenchSystem(11_200);
const sends = Number(values.sends);
await measureWholePath(system, { sends: Math.min(2_000, sends), senders: 20 });
/** Rests long enough that each send finds the system idle. */
const lone = await measureWholePath(system, { sends: 100, senders: 1, pauseMs: 100 });
const full = await measureWholePath(system, { sends, senders: Number(values.senders) });
show('Opens and clicks…');
const hits = await measureHits(system, Number(values.hits));

const share = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
show(`
${tableOf([['stage, alone', 'CPU µs'], ...Object.entries(stages), [`sum, with ${hops} hops`, sumMicros], [`limit on ${cores} cores, sends/s`, limitPerSecond]])}

${tableOf([
  ['whole path', '1 sender, resting', `${full.senders} senders`],
  ['sends', lone.sends, full.sends],
  ['sends/s to the final dot', '', full.sendsPerSecond],
  ['share of the limit', '', share(full.sendsPerSecond, limitPerSecond)],
  ['sends/s until recorded', '', full.recordedPerSecond],
  ['accept, ms p50', lone.acceptMs.p50, full.acceptMs.p50],
  ['accept, ms p99', lone.acceptMs.p99, full.acceptMs.p99],
  ['accept to dot, ms p50', lone.toDotMs.p50, full.toDotMs.p50],
  ['accept to dot, ms p99', lone.toDotMs.p99, full.toDotMs.p99],
  ['arrived once', lone.arrived.once, full.arrived.once],
  ['arrived twice', lone.arrived.twice, full.arrived.twice],
  ['never arrived', lone.arrived.never, full.arrived.never],
  ...Object.entries(full.recorded).map(([name, count]) => [
    `recorded: ${name}`,
    lone.recorded[name] ?? 0,
    count,
  ]),
  ...Object.entries(full.cpuMicros).map(([part, micros]) => [
    `CPU µs a send: ${part}`,
    lone.cpuMicros[part] ?? 0,
    micros,
  ]),
])}

${tableOf([
  ['tracking', 'hits/s', 'of bare node:http'],
  ['bare node:http', hits.barePerSecond, ''],
  ['opens', hits.opensPerSecond, share(hits.opensPerSecond, hits.barePerSecond)],
  ['clicks', hits.clicksPerSecond, share(hits.clicksPerSecond, hits.barePerSecond)],
])}
`);

const folder = path.resolve(import.meta.dirname, '../results');
await mkdir(folder, { recursive: true });
const file = path.join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
await writeFile(
  file,
  JSON.stringify({ commit, cores, stages, sumMicros, limitPerSecond, lone, full, hits }, null, 2),
);
show(`Written to ${path.relative(process.cwd(), file)}`);
const isWhole = full.arrived.once === full.sends && Object.keys(full.refused).length === 0;
if (!isWhole) process.exitCode = 1;
