import { median, tableOf } from '../statistics.ts';
import type { Contender } from './contender.ts';
import { postfix } from './postfix.ts';
import type { PeersResult } from './run-peers.ts';
import type { Turn } from './take-turn.ts';

/** Medians with the least and the most beside them, and what each contender does for its figure. */
export function peersTable(result: PeersResult): string {
  const yardstick = medianOf(result, postfix, ({ arrivedPerSecond }) => arrivedPerSecond);
  const head = [
    ...['contender', 'messages/s', 'least–most', '× Postfix', 'accepted/s', 'recorded/s', 'CPU µs each'],
    ...['bytes each', 'once, twice, never'],
  ];
  const rows = [...result].map(([contender, turns]) =>
    'absent' in turns ? [contender.name, turns.absent] : rowOf(contender.name, turns, yardstick),
  );
  const about = [...result.keys()].map(({ name, does, doesNot }) => [name, `${does}. But: ${doesNot}`]);
  return [
    tableOf([head, ...rows]),
    about.map(([name, text]) => `${name}: ${text}`).join('\n'),
    ...[...result].flatMap(([{ name }, turns]) => ('absent' in turns ? [] : cpuLine(name, turns))),
  ].join('\n\n');
}

function rowOf(name: string, turns: readonly Turn[], yardstick: number): (string | number)[] {
  const rates = turns.map(({ arrivedPerSecond }) => arrivedPerSecond);
  const recorded = turns.flatMap(({ recordedPerSecond }) => recordedPerSecond ?? []);
  const sum = (read: (turn: Turn) => number) => turns.reduce((total, turn) => total + read(turn), 0);
  return [
    ...[name, median(rates), `${Math.min(...rates)}–${Math.max(...rates)}`],
    (median(rates) / yardstick).toFixed(2),
    median(turns.map(({ acceptedPerSecond }) => acceptedPerSecond)),
    recorded.length > 0 ? median(recorded) : '',
    median(turns.map(({ cpuMicros }) => cpuMicros)),
    median(turns.map(({ bytesMean }) => bytesMean)),
    [sum(({ once }) => once), sum(({ twice }) => twice), sum(({ never }) => never)].join(', '),
  ];
}

/** Where the CPU time of a contender goes that has several parts. */
function cpuLine(name: string, turns: readonly Turn[]): string[] {
  const parts = Object.keys(turns[0]?.cpuMicrosByPart ?? {});
  if (parts.length < 2) return [];
  const shares = parts
    .map((part): [string, number] => [part, median(turns.map((turn) => turn.cpuMicrosByPart[part] ?? 0))])
    .filter(([, micros]) => micros >= 10)
    .toSorted(([, a], [, b]) => b - a);
  return [`CPU µs each, ${name}: ${shares.map(([part, micros]) => `${part} ${micros}`).join(', ')}`];
}

function medianOf(result: PeersResult, contender: Contender, read: (turn: Turn) => number): number {
  const turns = result.get(contender);
  return turns && !('absent' in turns) ? median(turns.map(read)) : Number.NaN;
}
