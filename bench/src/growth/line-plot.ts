/** One line of a plot: a value for each place of the x axis, in its order. */
export type PlotLine = Readonly<{ name: string; values: readonly number[] }>;

export type Plot = Readonly<{
  title: string;
  /** What the places of the x axis are, and their names; they stand at equal distances. */
  xLabel: string;
  places: readonly string[];
  yLabel: string;
  lines: readonly PlotLine[];
}>;

const size = { width: 640, height: 320 };
const area = { left: 70, right: 620, top: 40, bottom: 260 };
const colours = ['#0b5fff', '#d9480f', '#2b8a3e'];
const ticks = 4;

/** Draws lines over places as an SVG document, from zero up, on white so that it is read on any page. */
export function linePlot({ title, xLabel, places, yLabel, lines }: Plot): string {
  const top = niceAbove(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const x = (at: number) => area.left + ((area.right - area.left) * (at + 0.5)) / Math.max(1, places.length);
  const y = (value: number) => area.bottom - ((area.bottom - area.top) * value) / top;
  const middle = (area.left + area.right) / 2;
  const yTicks = Array.from({ length: ticks + 1 }, (_, at) => (top * at) / ticks);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(middle, 20, title, 'middle', 'font-weight="bold"'),
    ...yTicks.flatMap((value) => [
      `<line x1="${area.left}" x2="${area.right}" y1="${y(value)}" y2="${y(value)}" stroke="#dddddd"/>`,
      text(area.left - 8, y(value) + 4, value.toLocaleString('en-GB'), 'end'),
    ]),
    ...places.map((place, at) => text(x(at), area.bottom + 18, place, 'middle')),
    text(middle, area.bottom + 38, xLabel, 'middle'),
    text(16, (area.top + area.bottom) / 2, yLabel, 'middle', rotated(16, (area.top + area.bottom) / 2)),
    ...lines.flatMap((line, index) => drawn(line, index, { x, y })),
    '</svg>\n',
  ].join('\n');
}

type Scales = Readonly<{ x: (at: number) => number; y: (value: number) => number }>;

function drawn({ name, values }: PlotLine, index: number, { x, y }: Scales): string[] {
  const colour = colours[index % colours.length] ?? '#000000';
  const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map((point) => {
      const [cx, cy] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
    }),
    text(area.left + 10 + index * 180, size.height - 8, name, 'start', `fill="${colour}"`),
  ];
}

function text(x: number, y: number, words: string, anchor: string, more = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${escaped(words)}</text>`;
}

function rotated(x: number, y: number): string {
  return `transform="rotate(-90 ${x} ${y})"`;
}

/** The least of 1, 2, 4, 8 times a power of ten that is not below `value`, so that its quarters are round too. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8].find((step) => step * power >= value) ?? 10) * power;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
