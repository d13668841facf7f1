import type { LinkSlot } from '@posthorn/contracts';
import { emitText } from '../liquid/emit-literal.ts';
import { emitEdited, withoutTrim } from '../liquid/emit-piece.ts';
import type { Piece, Problem } from '../liquid/translate.ts';
import { checkBlocks } from './check-blocks.ts';
import { checkUrls } from './check-urls.ts';
import { createSinkChooser } from './choose-sinks.ts';
import { cutLinks, type LinkCut } from './cut-links.ts';
import { frameEdits } from './frame.ts';
import { createPlaceFinder, type Place } from './place.ts';
import { type Region, scanHtml } from './scan-html.ts';

export type CompiledHtml = Readonly<{
  html: string;
  links: LinkSlot[];
  cuts: LinkCut[];
  problems: Problem[];
  regions: readonly Region[];
  placeOf: (position: number) => Place;
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
  const { sinksOf, emitSafely } = createSinkChooser(pieces, { placeOf, problems });
  problems.push(...checkBlocks(masked, pieces, placeOf), ...checkUrls(pieces, regions));

  const { edits: linkEdits, links, cuts } = cutLinks(pieces, regions, sinksOf);
  const edits = [...linkEdits, ...frameEdits(masked, regions, previewText)].sort((a, b) => a.start - b.start);
  const html = emitEdited(pieces, edits, {
    text: emitText,
    output: emitSafely,
    // Whitespace control inside a tag would glue attributes together.
    tag: ({ liquid, start }) => (placeOf(start).kind === 'tag' ? withoutTrim(liquid) : liquid),
  });
  return { html, links, cuts, problems, regions, placeOf };
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
