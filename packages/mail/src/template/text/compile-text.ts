import type { LinkSlot } from '@posthorn/contracts';
import { withoutDouble } from '../html/choose-sinks.ts';
import { chooseUrlSink, readAround } from '../html/choose-url-sink.ts';
import { slotOf } from '../html/cut-links.ts';
import { emitText } from '../liquid/emit-literal.ts';
import { type Edit, emitEdited, emitOutput, emitRange, type OutputPiece } from '../liquid/emit-piece.ts';
import { piecesIn } from '../liquid/pieces-in.ts';
import type { Piece } from '../liquid/translate.ts';
import { marker } from '../markers.ts';
import { findUrls, type Range } from './find-urls.ts';

/**
 * Compiles the text part that an author wrote: its http and https URLs become slots, and all else stays as it is, to the
 * last line break. A URL that is written out and stands in the HTML too has the slot it has there; others get new ones,
 * behind `links`.
 */
export function compileText(
  pieces: readonly Piece[],
  links: readonly LinkSlot[],
): { text: string; links: LinkSlot[] } {
  const all = [...links];
  const edits = findUrls(pieces).map((range): Edit => {
    const link = linkOf(pieces, range, all);
    if (link.index === all.length) all.push(link);
    return { ...range, text: slotOf(link) };
  });
  const text = emitEdited(pieces, edits, {
    text: emitText,
    output: (piece) => emitOutput(piece, ['text']),
    tag: ({ liquid }) => liquid,
  });
  return { text: marker.verbatim + text, links: all };
}

function linkOf(pieces: readonly Piece[], range: Range, links: readonly LinkSlot[]): LinkSlot {
  const inside = piecesIn(pieces, range.start, range.end);
  if (inside.some(({ kind }) => kind !== 'text')) {
    const target = emitRange(pieces, range, {
      text: emitText,
      output: (piece) => emitOutput(piece, urlSinksOf(pieces, piece, range)),
      tag: ({ liquid }) => liquid,
    });
    return { index: links.length, target, isDynamic: true, isTracked: true };
  }
  const target = inside.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  const same = links.find((link) => !link.isDynamic && link.target === target);
  return same ?? { index: links.length, target, isDynamic: false, isTracked: true };
}

function urlSinksOf(pieces: readonly Piece[], piece: OutputPiece, range: Range): readonly string[] {
  const { start, end } = piece;
  const around = readAround(pieces, { from: range.start, start, end, to: range.end });
  return withoutDouble(piece, [chooseUrlSink(around)]);
}
