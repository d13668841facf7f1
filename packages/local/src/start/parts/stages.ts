/** A process of a local instance. */
export type PartProcess = Readonly<{ name: string; pid: number }>;

/** Returns the process ids in the order in which they may end: services first, then what they write to, Redis last. */
export function stagesOf(parts: readonly PartProcess[]): number[][] {
  const stages: [number[], number[], number[]] = [[], [], []];
  for (const { name, pid } of parts) stages[stageOf(name)].push(pid);
  return stages.filter((stage) => stage.length > 0);
}

function stageOf(name: string): 0 | 1 | 2 {
  if (name === 'redis') return 2;
  return name === 'mongodb' || name === 'mailbox' ? 1 : 0;
}
