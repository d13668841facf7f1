import type { TaskOutcome } from '@posthorn/runtime';
import { parseLimits } from './parse/parse-limits.ts';
import type { ReadTask, Report } from './parse/report.ts';

/** Reads messages on threads that are ended where one takes too long or too much (row H07): it is unparsed then. */
export function createReader(
  run: (task: ReadTask, limits: { cpuMs: number }) => Promise<TaskOutcome<Report>>,
): (task: ReadTask) => Promise<Report> {
  return async (task) => {
    const outcome = await run(task, { cpuMs: parseLimits.cpuMs });
    if (outcome.kind === 'done') return outcome.result;
    return {
      kind: 'unparsed',
      reason: outcome.kind === 'overran' ? 'reading it takes too long' : 'reading it takes too much',
    };
  };
}
