import type { WholePathResult } from '../whole-path.ts';

/** One step of a run whose size grows. */
export type GrowthRow = Readonly<{
  size: number;
  sends: number;
  sendsPerSecond: number;
  acceptMs: WholePathResult['acceptMs'];
  /** Of all our processes together, for each send. */
  cpuMicros: number;
  /** Did not arrive, or more than once. */
  amiss: number;
}>;

export function growthRow(size: number, result: WholePathResult): GrowthRow {
  const { sends, sendsPerSecond, acceptMs, cpuMicros, arrived } = result;
  const { generator: _, 'sink since start': __, ...ours } = cpuMicros;
  return {
    ...{ size, sends, sendsPerSecond, acceptMs },
    cpuMicros: Object.values(ours).reduce((sum, micros) => sum + micros, 0),
    amiss: arrived.never + arrived.twice,
  };
}
