import { type DepthRow, type MemoryRow, mebibytes } from './depth.ts';
import type { GrowthRow } from './growth-row.ts';

export type GrowthFigures = Readonly<{
  senders: readonly GrowthRow[];
  domains: readonly GrowthRow[];
  depth: readonly DepthRow[];
  backlog: readonly MemoryRow[];
}>;

type Cells = readonly (string | number)[];

/** The run as Markdown tables, which a terminal shows as well. */
export function growthTables({ senders, domains, depth, backlog }: GrowthFigures): string {
  const head = ['sends', 'sends/s', 'accept p50', 'accept p99', 'CPU µs a send', 'amiss'];
  return [
    markdownTable(['senders at once', ...head], senders.map(rowOf)),
    markdownTable(['recipient domains', ...head], domains.map(rowOf)),
    markdownTable(
      ['waiting for another try', ...head, 'bags', 'Redis MiB', 'bytes each'],
      depth.map((row) => [...rowOf(row), ...memoryOf(row)]),
    ),
    markdownTable(
      ['waiting to be rendered', 'bags', 'Redis MiB', 'bytes each'],
      backlog.map((row) => [grouped(row.size), ...memoryOf(row)]),
    ),
  ].join('\n\n');
}

export function grouped(value: number): string {
  return value.toLocaleString('en-GB');
}

function rowOf({ size, sends, sendsPerSecond, acceptMs, cpuMicros, amiss }: GrowthRow): Cells {
  const { p50, p99 } = acceptMs;
  return [grouped(size), grouped(sends), grouped(sendsPerSecond), `${p50} ms`, `${p99} ms`, cpuMicros, amiss];
}

function memoryOf({ size, redisBytes, bags }: MemoryRow): Cells {
  return size === 0
    ? [bags, 0, '']
    : [grouped(bags), grouped(mebibytes(redisBytes)), grouped(Math.round(redisBytes / size))];
}

function markdownTable(head: Cells, rows: readonly Cells[]): string {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => String(line[column] ?? '').length)));
  return lines
    .map((line) => {
      const cells = line.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
      });
      return `| ${cells.join(' | ')} |`;
    })
    .join('\n');
}
