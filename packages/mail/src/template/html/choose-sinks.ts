import { Refusal } from '../hubl/refusal.ts';
import { emitOutput, type OutputPiece } from '../liquid/emit-piece.ts';
import { piecesIn } from '../liquid/pieces-in.ts';
import type { Piece, Problem } from '../liquid/translate.ts';
import { decodeAttribute } from './attribute-value.ts';
import { chooseLanguage } from './choose-language.ts';
import { chooseUrlSink, readAround, toSigns } from './choose-url-sink.ts';
import { type CssReader, createCssReader } from './css-reader.ts';
import type { Place } from './place.ts';

export type SinkChooser = Readonly<{
  /** The sinks that make a value fit for its URL or style, or for HTML; none of them escapes both. */
  sinksOf: (piece: OutputPiece) => readonly string[];
  /** Emits an output with all it takes to be safe in HTML. */
  emitSafely: (piece: OutputPiece) => string;
}>;

type Span = Readonly<{ from: number; to: number }>;

/** Longest text behind a value that is looked at for what the value is. */
const afterLengthMax = 2_000;

/** Decides the sinks of each output once. Reports what cannot be decided, once. */
export function createSinkChooser(
  pieces: readonly Piece[],
  { placeOf, problems }: { placeOf: (position: number) => Place; problems: Problem[] },
): SinkChooser {
  const chosen = new Map<number, readonly string[]>();
  const inAttribute = new Set<number>();
  const chooseCssSinks = createCssSinkChooser(pieces);
  for (const piece of pieces) {
    if (piece.kind !== 'output') continue;
    const place = placeOf(piece.start);
    if (place.kind === 'attribute') inAttribute.add(piece.start);
    try {
      const language = chooseLanguage(place, piece.start);
      if (language === 'css') chosen.set(piece.start, withoutDouble(piece, chooseCssSinks(piece, place)));
      else if (language === 'url')
        chosen.set(piece.start, withoutDouble(piece, [urlSinkIn(pieces, piece, place)]));
      else chosen.set(piece.start, [language]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ offset: error.offset, message: error.message });
    }
  }

  const sinksOf = (piece: OutputPiece) => chosen.get(piece.start) ?? ['none'];
  return {
    sinksOf,
    emitSafely(piece) {
      const sinks = sinksOf(piece);
      if (sinks.includes('none')) return '';
      const isFinished = !inAttribute.has(piece.start) || sinks.includes('html');
      return emitOutput(piece, isFinished ? sinks : [...sinks, 'html']);
    },
  };
}

/** Returns the sinks of a value that the author may have encoded already, as in `{{ x|urlencode }}`: not to do it twice. */
export function withoutDouble({ chain }: OutputPiece, sinks: readonly string[]): readonly string[] {
  if (chain.filters.at(-1) !== 'urlencode') return sinks;
  return sinks.map((sink) => (sink === 'url_part' || sink === 'url_address' ? 'url_rest' : sink));
}

function spanOf(place: Place, { start, end }: OutputPiece): Span {
  if (place.kind === 'attribute') return { from: place.attribute.valueStart, to: place.attribute.valueEnd };
  return place.kind === 'raw' ? { from: place.start, to: place.end } : { from: start, to: end };
}

function urlSinkIn(pieces: readonly Piece[], piece: OutputPiece, place: Place): string {
  const { start, end } = piece;
  const { from, to } = spanOf(place, piece);
  const { before, after, hasBranch } = readAround(pieces, {
    from,
    start,
    end,
    to: Math.min(to, end + afterLengthMax),
  });
  const text = decodeAttribute(before);
  // Each image of a srcset has a URL of its own.
  const isSet = place.kind === 'attribute' && place.attribute.name === 'srcset';
  return chooseUrlSink({
    before: isSet ? (text.split(/,\s+/).at(-1) ?? '') : text,
    after: decodeAttribute(after),
    hasBranch,
  });
}

/** Reads each style once, from value to value, so that many values in a long one take no longer than it is. */
function createCssSinkChooser(
  pieces: readonly Piece[],
): (piece: OutputPiece, place: Place) => readonly string[] {
  let current: { id: string; reader: CssReader; at: number } | undefined;
  return (piece, place) => {
    const { from, to } = spanOf(place, piece);
    const isAttribute = place.kind === 'attribute';
    const decode = isAttribute ? decodeAttribute : (text: string) => text;
    if (current?.id !== place.id)
      current = { id: place.id, reader: createCssReader(isAttribute ? 'attribute' : 'element'), at: from };
    for (const part of piecesIn(pieces, current.at, piece.start)) {
      if (part.kind === 'tag') current.reader.readTag();
      else if (part.kind === 'output') current.reader.readOutput();
      else current.reader.readText(decode(part.text));
    }
    current.at = piece.start;
    const after = piecesIn(pieces, piece.end, Math.min(to, piece.end + afterLengthMax)).map(toSigns);
    return current.reader.chooseSinks(decode(after.join('')));
  };
}
