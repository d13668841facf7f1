import type { LinkCut } from '../html/cut-links.ts';
import { emitText } from '../liquid/emit-literal.ts';
import { emitEdited, emitOutput, withoutTrim } from '../liquid/emit-piece.ts';
import type { Piece } from '../liquid/translate.ts';
import { createHtmlToText } from './html-to-text.ts';

const open = '\ufdd0';
const close = '\ufdd1';

/** Stand-ins for what `html-to-text` must not touch; an author's text holds no such characters (see markers.ts). */
const standIn = {
  piece: (start: number) => `${open}P${start}${close}`,
  link: (index: number) => `${open}L${index}${close}`,
} as const;

const standIns = /\ufdd0([PL])(\d+)\ufdd1/g;
const lonelyTags = /(?<=^|\n)([ \t]*)(\ufdd0P(\d+)\ufdd1)[ \t]*\n+/g;

/**
 * Makes the text part of an email from its HTML, once, at publish. Outputs and tags go through untouched and are then
 * escaped for text; a link's target is the same slot as in the HTML.
 */
export function textFromHtml(pieces: readonly Piece[], cuts: readonly LinkCut[]): string {
  const edits = cuts.map(({ start, end }, index) => ({ start, end, text: standIn.link(index) }));
  const html = emitEdited(pieces, edits, {
    text: (text) => text,
    output: ({ start }) => standIn.piece(start),
    tag: ({ start }) => standIn.piece(start),
  });
  const targets = new Map(cuts.map(({ target }, index) => [standIn.link(index), target]));
  const text = withoutEmptyLines(createHtmlToText(targets)(html), pieces);

  let liquid = '';
  let at = 0;
  for (const match of text.matchAll(standIns)) {
    liquid += emitText(text.slice(at, match.index)) + standsFor(match, pieces, cuts);
    at = match.index + match[0].length;
  }
  return `${liquid}${emitText(text.slice(at))}\n`;
}

function standsFor(
  [, kind, number]: RegExpExecArray,
  pieces: readonly Piece[],
  cuts: readonly LinkCut[],
): string {
  if (kind === 'L') return cuts[Number(number)]?.slot ?? '';
  const piece = pieces.find(({ start }) => start === Number(number));
  if (piece?.kind === 'output')
    return emitOutput({ ...piece, trimsBefore: false, trimsAfter: false }, ['text']);
  return piece?.kind === 'tag' ? withoutTrim(piece.liquid) : '';
}

/**
 * A tag that stands alone on its line leaves no empty line behind it where it opens a block or a branch, and no
 * indented one where it stood between the items of a list.
 */
function withoutEmptyLines(text: string, pieces: readonly Piece[]): string {
  const tags = new Map(
    pieces.flatMap((piece) => (piece.kind === 'tag' ? [[piece.start, piece.name] as const] : [])),
  );
  return text.replace(lonelyTags, (whole, indent: string, tag: string, start: string) => {
    const name = tags.get(Number(start));
    if (name === undefined) return whole;
    if (!name.startsWith('end')) return tag;
    return indent === '' ? whole : `${tag}\n`;
  });
}
