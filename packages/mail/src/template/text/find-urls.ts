import type { Piece } from '../liquid/translate.ts';
import { createTagFlow, type TagFlow } from './tag-flow.ts';
import { findRunEnd, findUrlEnd, signs } from './url-end.ts';

export type Range = Readonly<{ start: number; end: number }>;

/** The pieces as one text, a sign for each output and tag, and where each begins in it. */
type Flat = Readonly<{ text: string; starts: readonly number[] }>;

/**
 * Finds the http and https URLs of a text part, with the values and branches inside them, as ranges of the source.
 *
 * Leaves out a URL whose end cannot be told, such as one that a branch may or may not continue.
 */
export function findUrls(pieces: readonly Piece[]): Range[] {
  const flat = flatten(pieces);
  const flow = createTagFlow(pieces);
  const ranges: Range[] = [];
  const scheme = /(?<![a-z0-9+])https?:\/\//gi;
  for (let match = scheme.exec(flat.text); match; match = scheme.exec(flat.text)) {
    const start = match.index;
    const runEnd = findRunEnd(flat.text, start);
    const cut = cutAtTags(pieces, flat, { flow, start, end: runEnd });
    const end = cut === undefined ? undefined : findUrlEnd(flat.text, start, cut);
    scheme.lastIndex = Math.max(scheme.lastIndex, end ?? runEnd);
    if (end !== undefined && !endsInBranch(flat.text.slice(start, end)))
      ranges.push(toSource(pieces, flat, { start, end }));
  }
  return ranges;
}

function flatten(pieces: readonly Piece[]): Flat {
  const starts: number[] = [];
  let text = '';
  for (const piece of pieces) {
    starts.push(text.length);
    text += piece.kind === 'text' ? piece.text : piece.kind === 'output' ? signs.output : signs.tag;
  }
  return { text, starts };
}

/** The index of the piece that holds a position of the flat text. */
function pieceAt({ starts }: Flat, position: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  // Of pieces without text the last one holds the position.
  return low - 1;
}

function toSource(pieces: readonly Piece[], flat: Flat, { start, end }: Range): Range {
  const [first, last] = [pieceAt(flat, start), pieceAt(flat, end - 1)];
  const [from, to] = [pieces[first], pieces[last]];
  if (!from || !to) return { start: 0, end: 0 };
  return {
    start: from.start + start - (flat.starts[first] ?? 0),
    end: to.kind === 'text' ? to.start + end - (flat.starts[last] ?? 0) : to.end,
  };
}

/**
 * Returns where a URL that ends at `end` at the latest ends because of a tag. A block that begins and ends within it belongs
 * to it. At any other tag the URL ends, if it does so whatever the tag does; undefined if it may go on.
 */
function cutAtTags(
  pieces: readonly Piece[],
  flat: Flat,
  { start, end, flow }: Range & { flow: TagFlow },
): number | undefined {
  const last = pieceAt(flat, end - 1);
  let at = flat.text.indexOf(signs.tag, start);
  while (at !== -1 && at < end) {
    const index = pieceAt(flat, at);
    const closing = Math.max(...flow(index)) - 1;
    if (closing === index || closing > last || !opensBlock(pieces[index]))
      return endsAfter(pieces, index, { flow, seen: new Set() }) ? at : undefined;
    at = flat.text.indexOf(signs.tag, (flat.starts[closing] ?? end) + 1);
  }
  return end;
}

function opensBlock(piece: Piece | undefined): boolean {
  return piece?.kind === 'tag' && /^(?:if|unless|for)$/.test(piece.name);
}

/** Most tags that are followed to see where a URL ends. */
const tagsMax = 100;

/** Tells whether a URL that stands before a tag ends there on each way that the mail may go on. */
function endsAfter(
  pieces: readonly Piece[],
  index: number,
  { flow, seen }: { flow: TagFlow; seen: Set<number> },
): boolean {
  if (seen.has(index)) return true;
  if (seen.size > tagsMax) return false;
  seen.add(index);
  return flow(index).every((next) => {
    const piece = pieces[next];
    if (!piece) return true;
    if (piece.kind === 'text')
      return endsBefore(piece.text) || (isSigns(piece.text) && next === pieces.length - 1);
    return piece.kind === 'tag' && endsAfter(pieces, next, { flow, seen });
  });
}

function endsBefore(text: string): boolean {
  return /^[.,;:!?'")\]}]*[\s<>"]/.test(text);
}

function isSigns(text: string): boolean {
  return /^[.,;:!?'")\]}]*$/.test(text);
}

/** A full stop at the end of a branch may belong to the sentence. */
function endsInBranch(url: string): boolean {
  return url.endsWith(signs.tag) && !/[^.,;:!?'"()[\]{}|\ufdd1]\ufdd1+$/.test(url.slice(-200));
}
