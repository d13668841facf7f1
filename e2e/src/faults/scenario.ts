import { breachesOf, lineOf, type Reconciliation } from '@posthorn/testing';
import type { FaultWorld, FaultWorldOptions } from './fault-world.ts';
import { type Flow, type FlowOptions, startFlow } from './flow.ts';
import { type KillLog, newKillLog } from './kills.ts';
import { settleAccounts } from './settle-accounts.ts';

/** One fault of the matrix (facts: reliability, section 2.2), done to a whole system under a flow. */
export type Scenario = Readonly<{
  /** Rows of the matrix. */
  rows: readonly string[];
  title: string;
  /** Runs only when asked for by row or by `--long`. */
  isLong?: boolean;
  /** What the world must be like. */
  world?: FaultWorldOptions;
  run(stage: Stage): Promise<void>;
}>;

/** What a scenario has to work with. */
export type Stage = Readonly<{
  world: FaultWorld;
  kills: KillLog;
  /** Shrinks a scenario: 1 is the whole of it. */
  scale: number;
  startFlow(options: Pick<FlowOptions, 'ratePerSecond' | 'countMax' | 'behaviours'>): Flow;
  /** Notes what else broke a promise. */
  breach(sentence: string): void;
  /** Notes a figure that was seen. */
  note(sentence: string): void;
}>;

export type ScenarioResult = Readonly<{
  line: string;
  notes: readonly string[];
  breaches: readonly string[];
}>;

/** Runs a scenario and holds both ledgers against one another. */
export async function runScenario(
  scenario: Scenario,
  world: FaultWorld,
  { run, scale }: { run: string; scale: number },
): Promise<ScenarioResult> {
  const kills = newKillLog();
  const broken: string[] = [];
  const notes: string[] = [];
  let flows = 0;
  await scenario.run({
    ...{ world, kills, scale },
    startFlow: (options) =>
      startFlow({
        ...{ instance: world.system.instance, emailId: world.emailId, ledger: world.ledger },
        ...{ run: `${run}${flows++}`, ...options },
      }),
    breach: (sentence) => void broken.push(sentence),
    note: (sentence) => void notes.push(sentence),
  });
  const result: Reconciliation = await settleAccounts(world, kills);
  return { line: lineOf(result), notes, breaches: [...breachesOf(result), ...broken] };
}
