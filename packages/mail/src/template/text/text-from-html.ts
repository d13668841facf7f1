import type { CompiledHtml } from '../html/compile-html.ts';
import type { LinkCut } from '../html/cut-links.ts';
import { findHidden } from '../html/hidden-elements.ts';
import { emitText } from '../liquid/emit-literal.ts';
import { type Edit, emitEdited, emitOutput } from '../liquid/emit-piece.ts';
import type { Piece } from '../liquid/translate.ts';
import { marker } from '../markers.ts';
import { createHtmlToText, hiddenAttribute } from './html-to-text.ts';
import { spaceWords } from './space-words.ts';

const open = '\ufdd0';
const close = '\ufdd1';

/** Stand-ins for what `html-to-text` must not touch; an author's text holds no such characters (see markers.ts). */
const standIn = {
  output: (start: number) => `${open}P${start}${close}`,
  tag: ({ name, start }: { name: string; start: number }) =>
    `${open}${name === 'endfor' ? 'E' : 'T'}${start}${close}`,
  link: (index: number) => `${open}L${index}${close}`,
} as const;

const standIns = /\ufdd0([PTEL])(\d+)\ufdd1/g;
const lonelyTags = /^[ \t]*(?:\ufdd0[TE]\d+\ufdd1[ \t]*)+$/gm;

/**
 * Makes the text part of an email from its HTML, once, at publish. Outputs and tags go through untouched and are then
 * escaped for text; a link's target is the same slot as in the HTML. `pieces` have no whitespace control left.
 */
export function textFromHtml(
  pieces: readonly Piece[],
  { cuts, regions, placeOf }: Pick<CompiledHtml, 'cuts' | 'regions' | 'placeOf'>,
): string {
  const edits = [
    ...cuts.map(({ start, end }, index): Edit => ({ start, end, text: standIn.link(index) })),
    ...findHidden(pieces, regions).map((tag): Edit => {
      const nameEnd = tag.start + 1 + tag.element.length;
      return { start: nameEnd, end: nameEnd, text: ` ${hiddenAttribute}` };
    }),
  ];
  const html = emitEdited(
    pieces,
    edits.sort((a, b) => a.start - b.start),
    {
      text: (text) => text,
      output: ({ start }) => standIn.output(start),
      // Between attributes a stand-in would become a part of their names.
      tag: (piece) => (placeOf(piece.start).kind === 'tag' ? ' ' : standIn.tag(piece)),
    },
  );
  const targets = new Map(cuts.map(({ target }, index) => [standIn.link(index), target]));
  const byStart = new Map(pieces.map((piece) => [piece.start, piece]));
  const text = withoutIndents(spaceWords(createHtmlToText(targets)(html)));

  let liquid: string = marker.gap;
  let at = 0;
  for (const match of text.matchAll(standIns)) {
    liquid += emitText(text.slice(at, match.index)) + standsFor(match, byStart, cuts);
    at = match.index + match[0].length;
  }
  return `${liquid}${emitText(text.slice(at))}\n`;
}

function standsFor(
  [, kind, number]: RegExpExecArray,
  pieces: ReadonlyMap<number, Piece>,
  cuts: readonly LinkCut[],
): string {
  if (kind === 'L') return cuts[Number(number)]?.slot ?? '';
  const piece = pieces.get(Number(number));
  if (piece?.kind === 'output') return emitOutput(piece, ['text']);
  return piece?.kind === 'tag' ? marker.gap + piece.liquid : '';
}

/** Tags that stand alone on a line, as between the items of a list, leave no blanks on it. */
function withoutIndents(text: string): string {
  return text.replace(lonelyTags, (line) => line.replace(/[ \t]/g, ''));
}
