import { type Chain, textOf } from './emit-expression.ts';
import { emitText } from './emit-literal.ts';
import { piecesIn } from './pieces-in.ts';
import type { Piece } from './translate.ts';

export type OutputPiece = Extract<Piece, { kind: 'output' }>;
type Tag = Extract<Piece, { kind: 'tag' }>;

/** Replaces [start, end) of the source by `text`, which is finished. */
export type Edit = Readonly<{ start: number; end: number; text: string }>;

/** What becomes of each kind of piece. */
export type Emit = Readonly<{
  text: (text: string) => string;
  output: (piece: OutputPiece) => string;
  tag: (piece: Tag) => string;
}>;

/** An output whose value goes through `sinks` on its way into the mail. */
export function emitOutput(
  { chain, trimsBefore, trimsAfter }: OutputPiece,
  sinks: readonly string[],
): string {
  const whole: Chain = { head: chain.head, filters: [...chain.filters, ...sinks] };
  return `${trimsBefore ? '{{-' : '{{'} ${textOf(whole)} ${trimsAfter ? '-}}' : '}}'}`;
}

/** Emits all pieces in [start, end); a text that crosses an end is cut there. */
export function emitRange(
  pieces: readonly Piece[],
  { start, end }: { start: number; end: number },
  emit: Emit,
): string {
  let out = '';
  for (const piece of piecesIn(pieces, start, end)) {
    if (piece.kind === 'output') out += emit.output(piece);
    else if (piece.kind === 'tag') out += emit.tag(piece);
    else out += emit.text(piece.text);
  }
  return out;
}

/** Emits all pieces with `edits` (in order, not overlapping) in place of what they replace. */
export function emitEdited(pieces: readonly Piece[], edits: readonly Edit[], emit: Emit): string {
  let out = '';
  let at = 0;
  for (const { start, end, text } of edits) {
    out += emitRange(pieces, { start: at, end: start }, emit) + text;
    at = end;
  }
  return out + emitRange(pieces, { start: at, end: Number.POSITIVE_INFINITY }, emit);
}

/** Emits a whole template of which every value goes through one sink. */
export function emitAll(pieces: readonly Piece[], sink: string): string {
  return emitEdited(pieces, [], {
    text: emitText,
    output: (piece) => emitOutput(piece, [sink]),
    tag: ({ liquid }) => liquid,
  });
}

/** A tag without whitespace control, for where that would join what must stay apart. */
export function withoutTrim(liquid: string): string {
  return liquid.replace(/^\{%-/, '{%').replace(/-%\}$/, '%}');
}
