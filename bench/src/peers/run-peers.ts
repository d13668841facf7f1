import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Contender } from './contender.ts';
import { haraka } from './haraka.ts';
import { nodemailerPool, nodemailerPoolSigning } from './nodemailer.ts';
import { postfix } from './postfix.ts';
import { posthornSubmission, posthornWholePath } from './posthorn.ts';
import { type Turn, takeTurn } from './take-turn.ts';

export const allContenders: readonly Contender[] = [
  posthornWholePath,
  posthornSubmission,
  postfix,
  haraka,
  nodemailerPool,
  nodemailerPoolSigning,
];

export type PeersOptions = Readonly<{
  contenders: readonly Contender[];
  messages: number;
  rounds: number;
  show: (line: string) => void;
}>;

/** Turns of each contender, in the order of the rounds, or why it had none. */
export type PeersResult = ReadonlyMap<Contender, readonly Turn[] | { absent: string }>;

/** Before what is counted; a compiler that learns as it runs needs some. */
const warmUpMax = 3_000;

/**
 * Lets each contender send in every round, one at a time and each freshly started, so that none runs beside another.
 * Every round begins with another one: what the machine does meanwhile strikes all alike.
 */
export async function runPeers({ contenders, messages, rounds, show }: PeersOptions): Promise<PeersResult> {
  await using scope = new AsyncDisposableStack();
  const scratch = await mkdtemp(path.join(tmpdir(), 'posthorn-peers-'));
  scope.defer(() => rm(scratch, { recursive: true, force: true }));
  // Postfix works as a user of its own.
  await chmod(scratch, 0o755);

  const result = new Map<Contender, Turn[] | { absent: string }>();
  for (const contender of contenders) result.set(contender, (await contender.prepare(scratch)) ?? []);
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < contenders.length; at += 1) {
      const contender = contenders[(at + round) % contenders.length];
      const turns = contender && result.get(contender);
      if (!turns || 'absent' in turns) continue;
      const warmUp = Math.min(warmUpMax, messages);
      const turn = await takeTurn(contender, { messages, warmUp, scratch, run: `r${round}c${at}` });
      turns.push(turn);
      show(`round ${round + 1}, ${contender.name}: ${turn.arrivedPerSecond}/s, ${turn.cpuMicros} µs`);
    }
  }
  return result;
}
