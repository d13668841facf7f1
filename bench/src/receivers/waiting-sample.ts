import { SendWaiting } from '@posthorn/contracts';
import type { Instance } from '@posthorn/local';
import { ask } from './sending-ips.ts';

/** What `GET /v1/sends/{statusId}/waiting` said of sends that had not arrived. */
export type WaitingSample = Readonly<{
  asked: number;
  /** How often each reason was named. */
  reasons: Readonly<Record<string, number>>;
  /** Sends that had not ended and named nothing. */
  unexplained: number;
}>;

/** Most sends asked about: each is a request of its own. */
const sampleMax = 2_000;

/** Asks why each of these sends has not arrived, some of them chosen evenly where they are many. */
export async function sampleWaiting(
  instance: Instance['running'],
  statusIds: readonly string[],
  hasArrived: (statusId: string) => boolean,
): Promise<WaitingSample> {
  const step = Math.max(1, statusIds.length / sampleMax);
  const chosen = Array.from(
    { length: Math.min(sampleMax, statusIds.length) },
    (_, at) => statusIds[Math.floor(at * step)] ?? '',
  );
  const reasons: Record<string, number> = {};
  let unexplained = 0;
  for (const statusId of chosen) {
    const answer = await ask(instance, 'GET', `/v1/sends/${statusId}/waiting`);
    const named = reasonsIn(answer);
    if (named.length === 0 && !hasArrived(statusId)) unexplained += 1;
    for (const reason of named) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return { asked: chosen.length, reasons, unexplained };
}

function reasonsIn(answer: unknown): string[] {
  return SendWaiting.parse(answer).waiting.map(({ waitsFor, rule, lastAttempt }) =>
    [waitsFor, rule ?? lastAttempt?.class].filter(Boolean).join(': '),
  );
}
