import type { LinkSlot } from '@posthorn/contracts';
import { Refusal } from '../hubl/refusal.ts';
import { emitText } from '../liquid/emit-literal.ts';
import { emitEdited, emitOutput, type OutputPiece, withoutTrim } from '../liquid/emit-piece.ts';
import type { Piece, Problem } from '../liquid/translate.ts';
import { decodeAttribute } from './attribute-value.ts';
import { checkBlocks } from './check-blocks.ts';
import { checkUrls } from './check-urls.ts';
import { chooseSink } from './choose-sink.ts';
import { type Around, readAround } from './choose-url-sink.ts';
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
      const sink = chooseSink(place, piece.start, () => around(pieces, place, piece));
      chosen.set(piece.start, [isEncoded(piece) && isComponent(sink) ? 'url_rest' : sink]);
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

function isComponent(sink: string): boolean {
  return sink === 'url_part' || sink === 'url_address';
}

function around(pieces: readonly Piece[], place: Place, { start, end }: OutputPiece): Around {
  const [from, to] =
    place.kind === 'attribute' ? [place.attribute.valueStart, place.attribute.valueEnd] : [start, end];
  const { before, after, hasBranch } = readAround(pieces, { from, start, end, to });
  const text = decodeAttribute(before);
  // Each image of a srcset has a URL of its own.
  const isSet = place.kind === 'attribute' && place.attribute.name === 'srcset';
  return {
    before: isSet ? (text.split(/,\s+/).at(-1) ?? '') : text,
    after: decodeAttribute(after),
    hasBranch,
  };
}
