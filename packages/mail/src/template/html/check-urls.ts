import type { Piece, Problem } from '../liquid/translate.ts';
import { isAllowedUrl } from '../render/url-sinks.ts';
import { decodeAttribute, isUrlAttribute } from './attribute-value.ts';
import type { Region } from './scan-html.ts';

/** Refuses URLs whose written scheme is none of http, https, mailto, tel and cid (row T05). */
export function checkUrls(pieces: readonly Piece[], regions: readonly Region[]): Problem[] {
  return regions.flatMap((region) => {
    if (region.kind !== 'tag') return [];
    return region.attributes
      .filter(
        ({ name, valueStart, valueEnd }) =>
          isUrlAttribute(name) && !isAllowedUrl(writtenStart(pieces, valueStart, valueEnd)),
      )
      .map(({ name, valueStart }) => ({
        offset: valueStart,
        message: `This ${name} may begin with http, https, mailto, tel or cid; other schemes do not work in mail.`,
      }));
  });
}

/** What is written at the start of a value, up to the first output. */
function writtenStart(pieces: readonly Piece[], start: number, end: number): string {
  let text = '';
  for (const piece of pieces) {
    if (piece.end <= start) continue;
    if (piece.start >= end || piece.kind === 'output') break;
    if (piece.kind === 'text')
      text += piece.text.slice(Math.max(0, start - piece.start), Math.max(0, end - piece.start));
  }
  return decodeAttribute(text);
}
