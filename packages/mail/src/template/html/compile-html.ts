import type { LinkSlot } from '@posthorn/contracts';
import { Refusal } from '../hubl/refusal.ts';
import { emitText } from '../liquid/emit-literal.ts';
import { emitEdited, emitOutput, type OutputPiece, withoutTrim } from '../liquid/emit-piece.ts';
import type { Piece, Problem } from '../liquid/translate.ts';
import { decodeAttribute } from './attribute-value.ts';
import { checkBlocks } from './check-blocks.ts';
import { checkUrls } from './check-urls.ts';
import { type Before, chooseSink } from './choose-sink.ts';
import { cutLinks, type LinkCut } from './cut-links.ts';
import { frameEdits } from './frame.ts';
import { createPlaceFinder, type Place } from './place.ts';
import { scanHtml } from './scan-html.ts';

export type CompiledHtml = Readonly<{
  html: string;
  links: LinkSlot[];
  cuts: LinkCut[];
  problems: Problem[];
}>;

/**
 * Compiles a translated HTML template: decides how each value is escaped, cuts the links into slots, marks where the
 * pixel goes and puts the preview text (already Liquid) behind `<body>`.
 */
export function compileHtml(source: string, pieces: readonly Piece[], previewText: string): CompiledHtml {
  const masked = mask(source, pieces);
  const regions = scanHtml(masked);
  const placeOf = createPlaceFinder(regions);
  const problems: Problem[] = [];
  const sinksOf = createSinkChooser(pieces, { placeOf, problems });
  problems.push(...checkBlocks(masked, pieces, placeOf), ...checkUrls(pieces, regions));

  const { edits: linkEdits, links, cuts } = cutLinks(pieces, regions, sinksOf);
  const edits = [...linkEdits, ...frameEdits(masked, regions, previewText)].sort((a, b) => a.start - b.start);
  const html = emitEdited(pieces, edits, {
    text: emitText,
    output: (piece) => emitSafely(piece, sinksOf(piece)),
    // Whitespace control inside a tag would glue attributes together.
    tag: ({ liquid, start }) => (placeOf(start).kind === 'tag' ? withoutTrim(liquid) : liquid),
  });
  return { html, links, cuts, problems };
}

type SinkChooser = (piece: OutputPiece) => readonly string[];

function emitSafely(piece: OutputPiece, sinks: readonly string[]): string {
  if (sinks.includes('none')) return '';
  return emitOutput(piece, sinks.some((sink) => sink.startsWith('url')) ? [...sinks, 'html'] : sinks);
}

/** The source as plain HTML of the same length: values become letters, tags and comments of the template spaces. */
function mask(source: string, pieces: readonly Piece[]): string {
  let masked = '';
  for (const piece of pieces) {
    masked = masked.padEnd(piece.start);
    masked +=
      piece.kind === 'text'
        ? piece.text
        : (piece.kind === 'output' ? 'x' : ' ').repeat(piece.end - piece.start);
  }
  return masked.padEnd(source.length);
}

/** The sinks of an output, decided once; what cannot be decided is reported, once. */
function createSinkChooser(
  pieces: readonly Piece[],
  { placeOf, problems }: { placeOf: (position: number) => Place; problems: Problem[] },
): SinkChooser {
  const chosen = new Map<number, readonly string[]>();
  for (const piece of pieces) {
    if (piece.kind !== 'output') continue;
    const place = placeOf(piece.start);
    try {
      const sink = chooseSink(place, piece.start, () => textBefore(pieces, place, piece.start));
      chosen.set(piece.start, [isEncoded(piece) && sink === 'url_part' ? 'url_rest' : sink]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ offset: error.offset, message: error.message });
    }
  }
  return (piece) => chosen.get(piece.start) ?? ['none'];
}

/** Whether the author encoded the value already: `{{ x|urlencode }}` must not be encoded twice. */
function isEncoded(piece: OutputPiece): boolean {
  return piece.chain.filters.at(-1) === 'urlencode';
}

function textBefore(pieces: readonly Piece[], place: Place, end: number): Before {
  const start = place.kind === 'attribute' ? place.attribute.valueStart : end;
  const inside = pieces.filter((piece) => piece.end > start && piece.start < end);
  const text = inside
    .map((piece) => (piece.kind === 'text' ? piece.text.slice(Math.max(0, start - piece.start)) : ''))
    .join('');
  return { text: decodeAttribute(text), hasOutput: inside.some((piece) => piece.kind === 'output') };
}
