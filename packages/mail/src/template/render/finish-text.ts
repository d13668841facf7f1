import { marker } from '../markers.ts';

/** The Liquid source of a text part, and what is left to do with its rendering. */
export type TextForm = Readonly<{ source: string; finish: (rendered: string) => string }>;

/** Reads how a compiled text part was made. Those of versions that are older than its markers have none. */
export function readTextForm(compiled: string): TextForm {
  if (compiled.startsWith(marker.verbatim)) return { source: compiled.slice(1), finish: (text) => text };
  if (compiled.startsWith(marker.gap)) return { source: compiled, finish: joinGaps };
  return { source: compiled, finish: (text) => text.replace(/\n{3,}/g, '\n\n') };
}

/**
 * Branches that were not taken leave their line breaks behind: of those around their tags, the most in a row stay, and none
 * before the first line. Each break is looked at once.
 */
function joinGaps(text: string): string {
  let joined = '';
  let breaks = 0;
  for (const part of text.split(marker.gap)) {
    const [start, end] = [countBreaks(part), part.length - countBreaksAtEnd(part)];
    breaks = Math.max(breaks, start);
    if (start >= end) continue;
    joined += (joined === '' ? '' : '\n'.repeat(breaks)) + part.slice(start, end);
    breaks = part.length - end;
  }
  return `${joined}\n`;
}

function countBreaks(text: string): number {
  let count = 0;
  while (text[count] === '\n') count += 1;
  return count;
}

function countBreaksAtEnd(text: string): number {
  let count = 0;
  while (text[text.length - 1 - count] === '\n') count += 1;
  return count;
}
