import { breachesOf, lineOf, type Reconciliation } from '@posthorn/testing';
import { type FaultWorld, type FaultWorldOptions, startFaultWorld } from './fault-world.ts';
import { type Flow, type FlowOptions, startFlow } from './flow.ts';
import { type KillLog, newKillLog } from './kills.ts';
import { settleAccounts } from './settle-accounts.ts';
import { httpSubmit, type Submit } from './submit.ts';

/** One fault of the matrix (facts: reliability, section 2.2), done to a whole system under a flow. */
export type Scenario = Readonly<{
  /** Rows of the matrix. */
  rows: readonly string[];
  title: string;
  /** Runs only when asked for by row or by `--long`. */
  isLong?: boolean;
  /** What the world must be like. What it opens for that lives until `scope` is disposed, after the world. */
  world?: FaultWorldOptions | ((scope: AsyncDisposableStack) => Promise<FaultWorldOptions>);
  /** Why it cannot run on this machine, if so. */
  unless?: () => Promise<string | undefined>;
  run(stage: Stage): Promise<void>;
}>;

/** What a scenario has to work with. */
export type Stage = Readonly<{
  world: FaultWorld;
  kills: KillLog;
  /** Shrinks a scenario: 1 is the whole of it. */
  scale: number;
  startFlow(options: FlowRequest): Flow;
  /** Notes what else broke a promise. */
  breach(sentence: string): void;
  /** Notes a figure that was seen. */
  note(sentence: string): void;
  /** Lives until the accounts are settled. */
  keep(what: AsyncDisposable): void;
  /** Most extra copies; without it those that were undecided. */
  allowCopies(countMax: number): void;
}>;

/** By HTTP unless `submit` says otherwise. */
export type FlowRequest = Omit<FlowOptions, 'submit' | 'ledger' | 'run'> & Readonly<{ submit?: Submit }>;

export type ScenarioResult = Readonly<{
  line: string;
  reconciliation: Reconciliation;
  notes: readonly string[];
  breaches: readonly string[];
}>;

/** Runs a scenario in a world of its own and holds both ledgers against one another. */
export async function runScenario(
  scenario: Scenario,
  { run, scale }: { run: string; scale: number },
): Promise<ScenarioResult> {
  await using scope = new AsyncDisposableStack();
  const wanted = typeof scenario.world === 'function' ? await scenario.world(scope) : scenario.world;
  await using world = await startFaultWorld(wanted);
  await using kept = new AsyncDisposableStack();
  const kills = newKillLog();
  const broken: string[] = [];
  const notes: string[] = [];
  let flows = 0;
  let copiesMax: number | undefined;
  await scenario.run({
    ...{ world, kills, scale },
    startFlow: ({ submit = httpSubmit(world.system.instance, world.emailId), ...options }) =>
      startFlow({ ...{ submit, ledger: world.ledger, run: `${run}f${flows++}` }, ...options }),
    breach: (sentence) => void broken.push(sentence),
    note: (sentence) => void notes.push(sentence),
    keep: (what) => void kept.use(what),
    allowCopies: (countMax) => {
      copiesMax = countMax;
    },
  });
  const reconciliation = await settleAccounts(world, kills);
  const breaches = [...breachesOf(reconciliation, copiesMax), ...broken];
  return { line: lineOf(reconciliation), reconciliation, notes, breaches };
}
