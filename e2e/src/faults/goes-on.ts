import { eventually } from '../api.ts';
import type { Stage } from './scenario.ts';

/** Work must go on within this long of a crash (facts: reliability, 1.5). */
const recoveryMsMax = 25_000;

/** Waits until something new is accepted and something arrives; says so when that takes longer than is promised. */
export async function goesOn(
  { world: { sink }, breach }: Pick<Stage, 'world' | 'breach'>,
  flow: { acceptedCount: number },
): Promise<void> {
  const before = { accepted: flow.acceptedCount, arrived: await sink.arrivedCount() };
  const startedAtMs = performance.now();
  await eventually(
    'the flow to go on',
    async () => flow.acceptedCount > before.accepted && (await sink.arrivedCount()) > before.arrived,
    120_000,
  );
  const tookMs = performance.now() - startedAtMs;
  if (tookMs > recoveryMsMax) breach(`work went on only after ${Math.round(tookMs / 1_000)} s`);
}
