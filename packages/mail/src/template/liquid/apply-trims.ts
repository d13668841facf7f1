import { withoutTrim } from './emit-piece.ts';
import type { Piece } from './translate.ts';

/**
 * Takes away the whitespace that `{{-`, `-}}`, `{%-` and `-%}` take away, and then these signs, so that what stands side by
 * side in the mail does so here.
 */
export function applyTrims(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, index) => {
    if (piece.kind === 'output') return { ...piece, trimsBefore: false, trimsAfter: false };
    if (piece.kind === 'tag') return { ...piece, liquid: withoutTrim(piece.liquid) };
    const leading = trimsAfter(pieces[index - 1]) ? piece.text.length - piece.text.trimStart().length : 0;
    const kept = piece.text.slice(leading);
    const text = trimsBefore(pieces[index + 1]) ? kept.trimEnd() : kept;
    const start = piece.start + leading;
    return { kind: 'text', text, start, end: start + text.length };
  });
}

function trimsBefore(piece: Piece | undefined): boolean {
  if (piece?.kind === 'tag') return piece.liquid.startsWith('{%-');
  return piece?.kind === 'output' && piece.trimsBefore;
}

function trimsAfter(piece: Piece | undefined): boolean {
  if (piece?.kind === 'tag') return piece.liquid.endsWith('-%}');
  return piece?.kind === 'output' && piece.trimsAfter;
}
