import { marker } from '../markers.ts';

/** The Liquid source of a text part, and what is left to do with its rendering. */
export type TextForm = Readonly<{ source: string; finish: (rendered: string) => string }>;

/** Reads how a compiled text part was made. Those of versions that are older than its markers have none. */
export function readTextForm(compiled: string): TextForm {
  if (compiled.startsWith(marker.verbatim)) return { source: compiled.slice(1), finish: (text) => text };
  if (compiled.startsWith(marker.gap)) return { source: compiled, finish: joinGaps };
  return { source: compiled, finish: (text) => text.replace(/\n{3,}/g, '\n\n') };
}

const gaps = new RegExp(`(?<!\\n)\\n*${marker.gap}[\\n${marker.gap}]*`, 'g');

/** Branches that were not taken leave their line breaks behind: of those around their tags, the most in a row stay. */
function joinGaps(text: string): string {
  return text.replace(gaps, (gap: string, at: number) => {
    if (at === 0) return '';
    const breaks = gap.split(marker.gap).reduce((most, run) => (run.length > most.length ? run : most), '');
    return at + gap.length === text.length ? '\n' : breaks;
  });
}
