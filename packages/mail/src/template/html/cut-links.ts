import type { LinkSlot } from '@posthorn/contracts';
import { emitText } from '../liquid/emit-literal.ts';
import { type Edit, emitOutput, emitRange, type OutputPiece } from '../liquid/emit-piece.ts';
import type { Piece } from '../liquid/translate.ts';
import { marker } from '../markers.ts';
import { schemeOf } from '../render/url-sinks.ts';
import { decodeAttribute } from './attribute-value.ts';
import type { Attribute, Region } from './scan-html.ts';

/** Where a link's target stood, and what stands there now: the text part puts the same slot in its place. */
export type LinkCut = Readonly<{ start: number; end: number; slot: string; target: string }>;

type Tag = Extract<Region, { kind: 'tag' }>;

/** The attribute by which an author opts a link out of click tracking. */
const optOut = 'data-posthorn-notrack';

/**
 * Cuts the targets of `<a href>`, `<area href>` and VML's shapes into slots, one each, in order.
 *
 * A target that is written out (http or https) is kept beside the HTML; one that depends on values is computed where
 * it stands, so that a link inside a loop has a target in each round. Fragments, mailto, tel and relative targets stay.
 */
export function cutLinks(
  pieces: readonly Piece[],
  regions: readonly Region[],
  sinksOf: (piece: OutputPiece) => readonly string[],
): { edits: Edit[]; links: LinkSlot[]; cuts: LinkCut[] } {
  const edits: Edit[] = [];
  const links: LinkSlot[] = [];
  const cuts: LinkCut[] = [];
  for (const region of regions) {
    if (region.kind !== 'tag') continue;
    const optOuts = region.attributes.filter(({ name }) => name === optOut);
    edits.push(...optOuts.map(removal));
    for (const attribute of hrefsOf(region)) {
      const link = linkOf(pieces, attribute, {
        index: links.length,
        isTracked: optOuts.length === 0,
        sinksOf,
      });
      if (!link) continue;
      links.push(link);
      const slot = slotOf(link);
      cuts.push({
        start: attribute.valueStart,
        end: attribute.valueEnd,
        slot,
        target: link.isDynamic ? '' : link.target,
      });
      const text = attribute.quote === 'unquoted' ? `"${slot}"` : slot;
      edits.push({ start: attribute.valueStart, end: attribute.valueEnd, text });
    }
  }
  return { edits, links, cuts };
}

/** The marker that stands in compiled HTML and text for a link. */
export function slotOf({ index, target, isDynamic }: LinkSlot): string {
  return isDynamic
    ? `${marker.link}${index}${marker.target}${target}${marker.end}`
    : `${marker.link}${index}${marker.end}`;
}

function hrefsOf({ element, attributes }: Tag): Attribute[] {
  // Buttons for Outlook are shapes of VML, in a conditional comment: <v:roundrect href>.
  if (element !== 'a' && element !== 'area' && !element.startsWith('v:')) return [];
  return attributes.filter(({ name, quote }) => name === 'href' && quote !== 'none');
}

function removal({ nameStart, nameEnd, valueEnd, quote }: Attribute): Edit {
  const end = quote === 'none' ? nameEnd : valueEnd + (quote === 'quoted' ? 1 : 0);
  return { start: nameStart, end, text: '' };
}

function linkOf(
  pieces: readonly Piece[],
  { valueStart: start, valueEnd: end }: Attribute,
  {
    index,
    isTracked,
    sinksOf,
  }: { index: number; isTracked: boolean; sinksOf: (piece: OutputPiece) => readonly string[] },
): LinkSlot | undefined {
  const inside = pieces.filter((piece) => piece.end > start && piece.start < end);
  const written = emitRange(
    pieces,
    { start, end },
    { text: decodeAttribute, output: () => '', tag: () => '' },
  )
    .trim()
    .replace(/[\t\r\n]+/g, '');
  const scheme = schemeOf(written);
  if (inside.every(isText)) {
    const isLink = scheme === 'http' || scheme === 'https';
    return isLink && isTracked ? { index, target: written, isDynamic: false, isTracked } : undefined;
  }
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return undefined;
  const target = emitRange(
    pieces,
    { start, end },
    {
      text: (text) => emitText(decodeAttribute(text)),
      output: (piece) => emitOutput(piece, sinksOf(piece)),
      tag: ({ liquid }) => liquid,
    },
  );
  return { index, target, isDynamic: true, isTracked };
}

function isText(piece: Piece): boolean {
  return piece.kind === 'text';
}
