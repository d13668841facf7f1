import { piecesIn } from '../liquid/pieces-in.ts';
import type { Piece } from '../liquid/translate.ts';
import { schemeOf, type urlSinks } from '../render/url-sinks.ts';

/** The name of a sink for a value inside a URL. */
export type UrlSink = keyof typeof urlSinks;

/** Stands for an output in the text around another one. */
export const outputSign = '\ufffc';

/** What stands around an output in its URL, decoded, with `outputSign` for each other output. */
export type Around = Readonly<{
  before: string;
  after: string;
  /** A tag stands before the output, so that a branch decides what `before` really is. */
  hasBranch: boolean;
}>;

/** Reads what stands around [start, end) between `from` and `to`. */
export function readAround(
  pieces: readonly Piece[],
  { from, start, end, to }: Readonly<{ from: number; start: number; end: number; to: number }>,
): Around {
  const before = piecesIn(pieces, from, start);
  return {
    before: before.map(toSigns).join(''),
    after: piecesIn(pieces, end, to).map(toSigns).join(''),
    hasBranch: before.some(({ kind }) => kind === 'tag'),
  };
}

/** Returns a piece's text, or `outputSign` for an output. */
export function toSigns(piece: Piece): string {
  if (piece.kind === 'text') return piece.text;
  return piece.kind === 'output' ? outputSign : '';
}

/** Decides how a value inside a URL is encoded, from what stands around it. */
export function chooseUrlSink({ before, after, hasBranch }: Around): UrlSink {
  // A value may bring the scheme, and only http or https has `//` behind it.
  const written = before.trim().replace(/^\ufffc:(?=\/\/)/, 'https:');
  if (written === '') return 'url';
  if (/^\ufffc+$/.test(written)) return 'url_rest';
  const scheme = schemeOf(written);
  if (scheme === 'mailto') return written.includes('?') ? 'url_part' : 'url_address';
  if (scheme === 'tel') return 'url_rest';
  if (isQueryValue(written, after)) return 'url_part';
  if (written.includes('?')) return 'url_segments';
  const authority = /^https?:\/\/([^/?#\\]*)$/i.exec(written)?.[1];
  if (authority !== undefined) return chooseHostSink(authority, after);
  if (hasBranch) return 'url_path';
  if (written === '/') return 'url_root';
  return scheme !== undefined || written.includes('/') ? 'url_segments' : 'url_path';
}

/** A value right behind `?` or `&` that no `=` follows is no value of a query: it brings whole parameters. */
function isQueryValue(written: string, after: string): boolean {
  if (written.includes('#')) return true;
  if (written.includes('?')) return !/[?&]$/.test(written) || /^\s*=/.test(after);
  return written.startsWith(outputSign) && written.endsWith('=');
}

function chooseHostSink(authority: string, after: string): UrlSink {
  if (/^[^/?#\\]*@/.test(after)) return 'url_part';
  if (authority !== '' && !authority.endsWith('@')) return 'url_host_rest';
  return /^(?:[/?#:\s]|$)/.test(after) ? 'url_host' : 'url_host_start';
}
