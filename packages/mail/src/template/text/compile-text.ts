import type { LinkSlot } from '@posthorn/contracts';
import { chooseUrlSink, readAround } from '../html/choose-url-sink.ts';
import { slotOf } from '../html/cut-links.ts';
import { emitText } from '../liquid/emit-literal.ts';
import { type Edit, emitEdited, emitOutput, emitRange, type OutputPiece } from '../liquid/emit-piece.ts';
import type { Piece } from '../liquid/translate.ts';

/**
 * Compiles the text part that an author wrote: its http and https URLs become slots. A URL that is written out and
 * stands in the HTML too has the slot it has there; others get new ones, behind `links`.
 */
export function compileText(
  pieces: readonly Piece[],
  links: readonly LinkSlot[],
): { text: string; links: LinkSlot[] } {
  const all = [...links];
  const edits = urlsOf(pieces).map((range): Edit => {
    const link = linkOf(pieces, range, all);
    if (link.index === all.length) all.push(link);
    return { ...range, text: slotOf(link) };
  });
  const text = emitEdited(pieces, edits, {
    text: emitText,
    output: (piece) => emitOutput(piece, ['text']),
    tag: ({ liquid }) => liquid,
  });
  return { text, links: all };
}

type Range = { start: number; end: number };

/** Finds URLs that begin in a text; one that ends with the text goes on through the outputs behind it. */
function urlsOf(pieces: readonly Piece[]): Range[] {
  const ranges: Range[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind !== 'text') continue;
    for (const match of piece.text.matchAll(/https?:\/\/[^\s<>"']*/gi)) {
      const start = piece.start + match.index;
      const end = start + match[0].length;
      const goesOn = end === piece.end && pieces[index + 1]?.kind === 'output';
      ranges.push({ start, end: goesOn ? endOfUrl(pieces, index + 1) : start + trimmed(match[0]).length });
    }
  }
  return ranges;
}

function endOfUrl(pieces: readonly Piece[], from: number): number {
  let end = 0;
  for (const piece of pieces.slice(from)) {
    if (piece.kind === 'tag') break;
    if (piece.kind === 'output') {
      end = piece.end;
      continue;
    }
    const [more = ''] = /^[^\s<>"']*/.exec(piece.text) ?? [];
    if (piece.start > end || more.length < piece.text.length)
      return piece.start > end ? end : end + trimmed(more).length;
    end = piece.end;
  }
  return end;
}

/** A full stop or a bracket behind a URL belongs to the sentence. */
function trimmed(url: string): string {
  return url.replace(/[.,;:!?)\]}>]+$/, '');
}

function linkOf(pieces: readonly Piece[], range: Range, links: readonly LinkSlot[]): LinkSlot {
  let before = '';
  const target = emitRange(pieces, range, {
    text(text) {
      before += text;
      return emitText(text);
    },
    output: (piece: OutputPiece) =>
      emitOutput(piece, [
        chooseUrlSink(
          readAround(pieces, { from: range.start, start: piece.start, end: piece.end, to: range.end }),
        ),
      ]),
    tag: () => '',
  });
  const isDynamic = pieces.some(
    (piece) => piece.kind === 'output' && piece.start >= range.start && piece.end <= range.end,
  );
  const same = isDynamic ? undefined : links.find((link) => !link.isDynamic && link.target === before);
  return same ?? { index: links.length, target: isDynamic ? target : before, isDynamic, isTracked: true };
}
