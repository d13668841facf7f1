import type { Piece } from './translate.ts';

/** Returns the pieces in [start, end), in O(log n) and their number; a text that crosses an end is cut there. */
export function piecesIn(pieces: readonly Piece[], start: number, end: number): Piece[] {
  const found: Piece[] = [];
  for (let index = firstEndingAfter(pieces, start); index < pieces.length; index += 1) {
    const piece = pieces[index];
    if (!piece || piece.start >= end) break;
    found.push(piece.kind === 'text' ? cutPiece(piece, start, end) : piece);
  }
  return found;
}

function cutPiece(piece: Extract<Piece, { kind: 'text' }>, from: number, to: number): Piece {
  if (piece.start >= from && piece.end <= to) return piece;
  const start = Math.max(piece.start, from);
  const end = Math.min(piece.end, to);
  return { kind: 'text', start, end, text: piece.text.slice(start - piece.start, end - piece.start) };
}

function firstEndingAfter(pieces: readonly Piece[], position: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle]?.end ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
