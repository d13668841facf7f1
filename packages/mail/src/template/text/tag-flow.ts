import type { Piece } from '../liquid/translate.ts';

type Tag = Extract<Piece, { kind: 'tag' }>;

/** Tells what may follow a tag in the mail: the index of each piece, or the number of pieces for the end. */
export type TagFlow = (index: number) => readonly number[];

/** Reads which tags belong together, so that it can be told where each leads. */
export function createTagFlow(pieces: readonly Piece[]): TagFlow {
  const blocks = new Map<number, number[]>();
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind !== 'tag' || piece.block === undefined) continue;
    const tags = blocks.get(piece.block) ?? [];
    tags.push(index);
    blocks.set(piece.block, tags);
  }
  return (index) => {
    const tag = pieces[index];
    const tags = tag?.kind === 'tag' && tag.block !== undefined ? (blocks.get(tag.block) ?? []) : [];
    const [first, last] = [tags[0], tags.at(-1)];
    if (tag?.kind !== 'tag' || first === undefined || last === undefined) return [index + 1];
    // The opening tag leads into each branch or behind them all, a further one ends the branch before it.
    if (index === first) return tags.map((branch) => branch + 1);
    if (index !== last) return [last + 1];
    return isLoopEnd(tag) ? [first + 1, last + 1] : [last + 1];
  };
}

function isLoopEnd({ name }: Tag): boolean {
  return name === 'endfor';
}
