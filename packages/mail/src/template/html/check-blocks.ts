import type { Piece, Problem } from '../liquid/translate.ts';
import type { Place } from './place.ts';

/**
 * Checks that all tags of one `if` or `for` lie in the same stretch of HTML.
 *
 * Else a branch could open an attribute that another closes, and a value's place, on which its escaping depends,
 * would not be what the text says.
 */
export function checkBlocks(
  masked: string,
  pieces: readonly Piece[],
  placeOf: (position: number) => Place,
): Problem[] {
  const places = new Map<number, string>();
  const problems: Problem[] = [];
  for (const piece of pieces) {
    if (piece.kind !== 'tag') continue;
    const place = placeOf(piece.start);
    if (joinsNames(masked, piece, place)) {
      problems.push({
        offset: piece.start,
        message: 'This tag stands inside a name of HTML: write the whole tag or attribute in each branch.',
      });
    }
    if (piece.block === undefined) continue;
    const opened = places.get(piece.block) ?? place.id;
    places.set(piece.block, opened);
    if (opened !== place.id)
      problems.push({
        offset: piece.start,
        message: 'An HTML tag or attribute that is opened in this block must be closed in the same branch.',
      });
  }
  return problems;
}

function joinsNames(masked: string, piece: Piece, place: Place): boolean {
  const [before = ' ', after = ' '] = [masked[piece.start - 1], masked[piece.end]];
  if (place.kind === 'tag') return /[\w:<-]/.test(before) && /[\w:-]/.test(after);
  return place.kind === 'text' && (before === '<' || masked.slice(piece.start - 2, piece.start) === '</');
}
