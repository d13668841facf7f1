import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { mebibytes } from './depth.ts';
import { type GrowthFigures, grouped, growthTables } from './growth-tables.ts';
import { linePlot, type Plot } from './line-plot.ts';

const docs = path.resolve(import.meta.dirname, '../../../docs');
/** What stands between these is replaced by every run. */
const marks = { begin: '<!-- growth: begin -->', end: '<!-- growth: end -->' };

/** Writes the section of docs/performance.md between its marks and the plots beside it. Resolves with what it wrote. */
export async function writeGrowth(figures: GrowthFigures, command: string): Promise<string[]> {
  const plots = plotsOf(figures);
  const images = path.join(docs, 'images');
  await mkdir(images, { recursive: true });
  const written = Object.entries(plots).map(([name, plot]) => ({
    file: path.join(images, `growth-${name}.svg`),
    text: linePlot(plot),
  }));
  const page = path.join(docs, 'performance.md');
  const section = sectionOf(figures, command, Object.entries(plots));
  written.push({ file: page, text: withSection(await readFile(page, 'utf8'), section) });
  for (const { file, text } of written) await writeFile(file, text);
  return written.map(({ file }) => path.relative(process.cwd(), file));
}

function withSection(page: string, section: string): string {
  const begin = page.indexOf(marks.begin);
  const end = page.indexOf(marks.end);
  if (begin < 0 || end < begin) return `${page.trimEnd()}\n\n## How cost grows\n\n${section}\n`;
  return `${page.slice(0, begin)}${section}${page.slice(end + marks.end.length)}`;
}

function sectionOf(figures: GrowthFigures, command: string, plots: readonly [string, Plot][]): string {
  const day = new Date().toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  const images = plots.map(([name, { title }]) => `![${title}](images/growth-${name}.svg)`);
  return [
    marks.begin,
    `Written by \`${command}\` on ${day}, ${availableParallelism()} cores, Node ${process.versions.node}.`,
    growthTables(figures),
    ...images,
    marks.end,
  ].join('\n\n');
}

function plotsOf({ senders, domains, depth, backlog }: GrowthFigures): Record<string, Plot> {
  const speed = (rows: readonly { size: number; sendsPerSecond: number }[]) => ({
    places: rows.map(({ size }) => grouped(size)),
    yLabel: 'sends/s to the final dot',
    lines: [{ name: 'sends/s', values: rows.map(({ sendsPerSecond }) => sendsPerSecond) }],
  });
  return {
    senders: { title: 'Speed by senders', xLabel: 'senders at once', ...speed(senders) },
    domains: { title: 'Speed by recipient domains', xLabel: 'domains', ...speed(domains) },
    depth: { title: 'Speed by waiting sends', xLabel: 'sends waiting for another try', ...speed(depth) },
    memory: {
      title: 'Redis memory by waiting sends',
      xLabel: 'waiting sends',
      places: backlog.map(({ size }) => grouped(size)),
      yLabel: 'MiB',
      lines: [
        {
          name: 'for another try',
          values: depth.filter(({ size }) => size > 0).map(({ redisBytes }) => mebibytes(redisBytes)),
        },
        { name: 'to be rendered', values: backlog.map(({ redisBytes }) => mebibytes(redisBytes)) },
      ],
    },
  };
}
