import { startBenchSystem } from '../bench-system.ts';
import { measureWholePath } from '../whole-path.ts';
import { measureDepth, measureRenderBacklog } from './depth.ts';
import { measureDomains } from './domains.ts';
import { type GrowthRow, growthRow } from './growth-row.ts';
import { growthTables } from './growth-tables.ts';
import { writeGrowth } from './write-growth.ts';

export type GrowthOptions = Readonly<{
  /** Of each step. */
  sends: number;
  domainsMax: number;
  /** Sends that wait for another try, and sends that wait to be rendered. */
  depthMax: number;
  backlogMax: number;
  firstPort: number;
  /** What was typed, for the document. */
  command: string;
  show: (line: string) => void;
}>;

const depthSteps = [1_000, 10_000, 100_000, 1_000_000];
/** Most that one sender sends, who waits for each answer. */
const loneSendsMax = 3_000;

/** Measures how cost grows with senders, domains and waiting sends, and writes it into docs/performance.md. */
export async function runGrowth(options: GrowthOptions) {
  const { sends, domainsMax, depthMax, backlogMax, firstPort, command, show } = options;
  show('Senders…');
  const senders = await measureSenders([1, 10, 100, 1_000], { sends, firstPort });
  show('Domains…');
  const domains = await measureDomains(upTo(domainsMax, [1, 10, 100, 1_000, 10_000]), { sends, firstPort });
  show('Sends that wait for another try…');
  const depth = await measureDepth([0, ...upTo(depthMax, depthSteps)], { sends, firstPort, show });
  show('Sends that wait to be rendered…');
  const backlog = await measureRenderBacklog(upTo(backlogMax, depthSteps), { firstPort, show });

  const figures = { senders, domains, depth, backlog };
  show(`\n${growthTables(figures)}\n`);
  for (const file of await writeGrowth(figures, command)) show(`Written to ${file}`);
  return { figures, isWhole: [...senders, ...domains, ...depth].every(({ amiss }) => amiss === 0) };
}

async function measureSenders(
  counts: readonly number[],
  { sends, firstPort }: { sends: number; firstPort: number },
): Promise<GrowthRow[]> {
  await using system = await startBenchSystem(firstPort);
  await measureWholePath(system, { sends: Math.min(2_000, sends), senders: 20 });
  const rows: GrowthRow[] = [];
  for (const senders of counts) {
    const count = senders === 1 ? Math.min(loneSendsMax, sends) : Math.max(senders, sends);
    rows.push(growthRow(senders, await measureWholePath(system, { sends: count, senders })));
  }
  return rows;
}

/** The steps up to `max`, with `max` itself as the last one. */
function upTo(max: number, steps: readonly number[]): number[] {
  return [...steps.filter((step) => step < max), max];
}
