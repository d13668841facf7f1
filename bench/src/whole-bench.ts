import { availableParallelism } from 'node:os';
import { startBenchSystem } from './bench-system.ts';
import { type HitsResult, measureHits } from './hits.ts';
import { measureIoStageCosts } from './io-stage-costs.ts';
import { peersTable } from './peers/peers-table.ts';
import { measureSubmission } from './peers/submission-row.ts';
import { makeStageSample, measureStageCosts, type StageCosts } from './stage-costs.ts';
import { tableOf } from './statistics.ts';
import { measureWholePath, type WholePathResult } from './whole-path.ts';

export type WholeBenchOptions = Readonly<{
  sends: number;
  senders: number;
  hits: number;
  show: (text: string) => void;
}>;

/** A send is queued three times: to be rendered, to be dispatched, and as its events. */
const hops = 3;
const queueStage = 'queue: one hop in full bags, both ends';

/** Measures the stages alone, the whole path, opens and clicks, and the SMTP intake; `isWhole` where every send arrived once. */
export async function runWholeBench({ sends, senders, hits: hitsCount, show }: WholeBenchOptions) {
  show('Stages alone…');
  const limit = await measureLimit();
  const { lone, full, hits } = await measureSystem({ sends, senders, hits: hitsCount, show });
  show('SMTP intake…');
  const submission = await measureSubmission(Math.min(sends, 10_000));

  show(`\n${limitTable(limit)}\n\n${wholePathTable(lone, full, limit.perSecond)}\n\n${hitsTable(hits)}\n`);
  show(`SMTP intake, while what it took is delivered\n${peersTable(submission)}\n`);
  return {
    figures: { limit, lone, full, hits, submission: [...submission] },
    isWhole: full.arrived.once === full.sends && Object.keys(full.refused).length === 0,
  };
}

type Limit = Readonly<{ cores: number; stages: StageCosts; sumMicros: number; perSecond: number }>;

async function measureLimit(): Promise<Limit> {
  const cores = availableParallelism();
  const sample = await makeStageSample();
  const stages = { ...(await measureIoStageCosts(sample)), ...(await measureStageCosts(sample)) };
  const sumMicros = Object.entries(stages).reduce(
    (sum, [name, micros]) => sum + micros * (name === queueStage ? hops : 1),
    0,
  );
  return { cores, stages, sumMicros, perSecond: Math.round((cores * 1_000_000) / sumMicros) };
}

async function measureSystem({ sends, senders, hits, show }: WholeBenchOptions) {
  show('Whole path…');
  await using system = await startBenchSystem(11_200);
  await measureWholePath(system, { sends: Math.min(2_000, sends), senders: 20 });
  // Rests long enough that each send finds the system idle.
  const lone = await measureWholePath(system, { sends: 100, senders: 1, pauseMs: 100 });
  const full = await measureWholePath(system, { sends, senders });
  show('Opens and clicks…');
  return { lone, full, hits: await measureHits(system, hits) };
}

function limitTable({ cores, stages, sumMicros, perSecond }: Limit): string {
  return tableOf([
    ['stage, alone', 'CPU µs'],
    ...Object.entries(stages),
    [`sum, with ${hops} hops`, sumMicros],
    [`limit on ${cores} cores, sends/s`, perSecond],
  ]);
}

function wholePathTable(lone: WholePathResult, full: WholePathResult, limitPerSecond: number): string {
  return tableOf([
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
  ]);
}

function hitsTable({ barePerSecond, opensPerSecond, clicksPerSecond }: HitsResult): string {
  return tableOf([
    ['tracking', 'hits/s', 'of bare node:http'],
    ['bare node:http', barePerSecond, ''],
    ['opens', opensPerSecond, share(opensPerSecond, barePerSecond)],
    ['clicks', clicksPerSecond, share(clicksPerSecond, barePerSecond)],
  ]);
}

function share(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}
